import type { AnyContract } from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'
import type { Connection } from './connection.ts'

/** Some live connections, as they were when they were asked for. */
export interface ConnectionGroup<C extends AnyContract, Context> extends Iterable<Connection<C, Context>> {
  readonly size: number
  /**
   * Calls every client, some at a time, and says what each of them answered. Never rejects: a client that fails, or goes
   * away meanwhile, fails alone.
   *
   * ```ts
   * const answers = await server.connections.callAll(({ api }) => api.confirm({ question }, { timeoutMs: 5_000 }))
   * const agreed = answers.filter((answer) => answer.ok && answer.value)
   * ```
   */
  callAll<Value>(
    call: (connection: Connection<C, Context>) => Value | Promise<Value>,
    options?: CallAllOptions,
  ): Promise<ClientAnswer<C, Context, Value>[]>
}

/** Live connections. */
export interface Connections<C extends AnyContract, Context> extends ConnectionGroup<C, Context> {
  get(id: string): Connection<C, Context> | undefined
  /** Those of one client, as `principal` names it. @throws TypeError for a server without `principal` */
  of(principal: string): ConnectionGroup<C, Context>
}

export interface CallAllOptions {
  /** Calls that may be under way at once. @default 256 */
  readonly concurrency?: number | undefined
  /** No more clients are called once it is aborted; those that were not have failed with `cancelled`. */
  readonly signal?: AbortSignal | undefined
}

/** What one of many clients answered. */
export type ClientAnswer<C extends AnyContract, Context, Value> =
  | { readonly connection: Connection<C, Context>; readonly ok: true; readonly value: Value }
  | { readonly connection: Connection<C, Context>; readonly ok: false; readonly error: WirepactError<string> }

class Group<C extends AnyContract, Context> implements ConnectionGroup<C, Context> {
  readonly #connections: readonly Connection<C, Context>[]

  constructor(connections: readonly Connection<C, Context>[]) {
    this.#connections = connections
  }

  get size(): number {
    return this.#connections.length
  }

  [Symbol.iterator](): Iterator<Connection<C, Context>> {
    return this.#connections[Symbol.iterator]()
  }

  async callAll<Value>(
    call: (connection: Connection<C, Context>) => Value | Promise<Value>,
    { concurrency = 256, signal }: CallAllOptions = {},
  ): Promise<ClientAnswer<C, Context, Value>[]> {
    if (!(concurrency >= 1)) throw new RangeError(`callAll: concurrency must be 1 or more, not ${concurrency}`)
    const answers: ClientAnswer<C, Context, Value>[] = []
    let next = 0
    const work = async () => {
      for (let at = next++; at < this.#connections.length; at = next++) {
        const connection = this.#connections[at] as Connection<C, Context>
        answers[at] = signal?.aborted
          ? { connection, ok: false, error: new WirepactError('cancelled', 'callAll was cancelled before this client') }
          : await answerOf(connection, call)
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, this.#connections.length) }, work))
    return answers
  }
}

async function answerOf<C extends AnyContract, Context, Value>(
  connection: Connection<C, Context>,
  call: (connection: Connection<C, Context>) => Value | Promise<Value>,
): Promise<ClientAnswer<C, Context, Value>> {
  try {
    return { connection, ok: true, value: await call(connection) }
  } catch (error) {
    return { connection, ok: false, error: WirepactError.from(error) }
  }
}

/** The typed face of a server's connections. */
export class LiveConnections<C extends AnyContract, Context> implements Connections<C, Context> {
  readonly #live: Faces

  constructor(live: Faces) {
    this.#live = live
  }

  get size(): number {
    return this.#live.size
  }

  get(id: string): Connection<C, Context> | undefined {
    return this.#live.get(id)?.face as Connection<C, Context> | undefined
  }

  of(principal: string): ConnectionGroup<C, Context> {
    return group(this.#live.of(principal))
  }

  callAll<Value>(
    call: (connection: Connection<C, Context>) => Value | Promise<Value>,
    options?: CallAllOptions,
  ): Promise<ClientAnswer<C, Context, Value>[]> {
    return group<C, Context>(this.#live.values()).callAll(call, options)
  }

  [Symbol.iterator](): Iterator<Connection<C, Context>> {
    return group<C, Context>(this.#live.values())[Symbol.iterator]()
  }
}

function group<C extends AnyContract, Context>(served: Iterable<{ readonly face: unknown }>): Group<C, Context> {
  return new Group(Array.from(served, ({ face }) => face as Connection<C, Context>))
}

/** What is needed of a `Roster`. */
interface Faces extends ReadonlyMap<string, { readonly face: unknown }> {
  of(principal: string): readonly { readonly face: unknown }[]
}
