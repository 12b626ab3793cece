import type { MethodEntry } from '@wirepact/contract'
import type { Middleware, MiddlewareCall } from '@wirepact/peer'
import { WirepactError } from '@wirepact/protocol'

/** Whether a call may be made. Anything but a clear `true` is a no. */
export type AuthorizationRule<Context, Connection> = (
  call: MiddlewareCall<Context, Connection>,
) => boolean | Promise<boolean>

/**
 * Rules by what they stand before: `*` for the whole contract, `sensors.*` for a namespace with all below it, and
 * `sensors.latest` for one procedure. All that apply have to agree, the widest is asked first.
 */
export type Authorization<Context, Connection> = Readonly<Record<string, AuthorizationRule<Context, Connection>>>

/**
 * The rules as middleware. They are asked at each call, with the context of that moment: what a resume or fresh
 * credentials change counts from the next call on.
 *
 * @throws TypeError for a rule that stands before nothing
 */
export function authorizing<Context, Connection>(
  methods: readonly MethodEntry[],
  rules: Authorization<Context, Connection> | undefined,
): readonly Middleware<Context, Connection>[] {
  if (rules === undefined) return []
  for (const place of Object.keys(rules)) {
    if (methods.some(({ name }) => placesOf(name).includes(place))) continue
    throw new TypeError(
      `authorize["${place}"] stands before nothing: use "*", "namespace.*" or the name of a procedure`,
    )
  }
  // By name, so that nothing is looked up by what a peer sent.
  const applying = new Map(
    methods.map(({ name }) => [
      name,
      placesOf(name).flatMap((place) => (Object.hasOwn(rules, place) ? [rules[place]] : [])),
    ]),
  )
  return [
    async (call, next) => {
      for (const rule of applying.get(call.path) ?? []) {
        if ((await rule?.(call)) !== true) throw new WirepactError('permission-denied', `you may not call ${call.path}`)
      }
      return next()
    },
  ]
}

/** `a.b.c`: `*`, `a.*`, `a.b.*`, `a.b.c`. */
function placesOf(name: string): string[] {
  const parts = name.split('.')
  return ['*', ...parts.slice(1).map((_, index) => `${parts.slice(0, index + 1).join('.')}.*`), name]
}
