import type { Handler, Handlers, Middleware } from './handlers.ts'

/**
 * Puts middleware around one handler, those of a namespace, or those of the whole contract. What it passes to `next` is
 * added to the `context` of everything inside, and to its type.
 *
 * The order is from the outside in: the `middleware` option of the server, then `use` around the contract, around a
 * namespace, around a procedure, then the handler. The compiler cannot look into a `use` where the types around it are still
 * being inferred: name them (`createServer<typeof machine, Context>`), and put several together with `stack`.
 *
 * ```ts
 * const signedIn: Middleware<Context, unknown, { user: User }> = ({ context }, next) => next({ user: userOf(context) })
 * const handlers = { sensors: use(signedIn, { rename: ({ context }) => rename(context.user) }) }
 * ```
 */
export function use<Input, Answer, Errors, Context, Connection, Items, Added>(
  middleware: Middleware<Context, Connection, Added>,
  handler: Handler<Input, Answer, Errors, Context & Added, Connection, Items>,
): Handler<Input, Answer, Errors, Context, Connection, Items>
export function use<Procedures, Context, Connection, Added>(
  middleware: Middleware<Context, Connection, Added>,
  handlers: Handlers<Procedures, Context & Added, Connection>,
): Handlers<Procedures, Context, Connection>
export function use(middleware: unknown, handlers: unknown): unknown {
  return around(middleware as AnyMiddleware, handlers)
}

/** Two middlewares as one: the first is the outer one, and what it adds to the context is there for the second. */
export function stack<Context, Connection, Outer, Inner>(
  outer: Middleware<Context, Connection, Outer>,
  inner: Middleware<Context & Outer, Connection, Inner>,
): Middleware<Context, Connection, Outer & Inner> {
  const both: AnyMiddleware = (call, next) =>
    (outer as AnyMiddleware)(call, async (added) => {
      extend(call, added)
      return (inner as AnyMiddleware)(call, next)
    })
  return both as Middleware<Context, Connection, Outer & Inner>
}

interface AnyCall {
  context: unknown
}

type AnyHandler = (call: AnyCall) => unknown
type AnyMiddleware = (call: AnyCall, next: (added?: object) => Promise<unknown>) => unknown

function around(middleware: AnyMiddleware, node: unknown): unknown {
  if (typeof node === 'function') return wrapped(middleware, node as AnyHandler)
  const tree = node as Readonly<Record<string, unknown>>
  const result: Record<string, unknown> = {}
  for (const name of Object.keys(tree)) result[name] = around(middleware, tree[name])
  return result
}

function wrapped(middleware: AnyMiddleware, handler: AnyHandler): AnyHandler {
  return (call) =>
    middleware(call, async (added) => {
      extend(call, added)
      return handler(call)
    })
}

function extend(call: AnyCall, added: object | undefined): void {
  if (added !== undefined) call.context = { ...(call.context as object), ...added }
}
