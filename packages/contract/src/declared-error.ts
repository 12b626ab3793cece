import type { ErrorsOf } from './infer.ts'
import type { AnyProcedure } from './procedure.ts'

/** The errors that a procedure declares, told apart by `code`. */
export type DeclaredErrorOf<Method, Code extends keyof ErrorsOf<Method> = keyof ErrorsOf<Method>> = {
  [Each in Code]: Error & { readonly code: Each; readonly data: ErrorsOf<Method>[Each]; readonly declared: true }
}[Code]

/**
 * Whether something caught is an error that the procedure declares, or is the one named.
 *
 * ```ts
 * catch (error) {
 *   if (!isDeclaredError(machine.server.sensors.latest, error)) throw error
 *   if (error.code === 'NO_SUCH_SENSOR') show(error.data.known)
 * }
 * ```
 */
export function isDeclaredError<Method extends AnyProcedure, Code extends keyof ErrorsOf<Method>>(
  procedure: Method,
  error: unknown,
  code?: Code,
): error is DeclaredErrorOf<Method, Code> {
  if (!(error instanceof Error)) return false
  const { code: raised, declared } = error as { code?: unknown; declared?: unknown }
  return (
    declared === true &&
    typeof raised === 'string' &&
    Object.hasOwn(procedure.errors, raised) &&
    (code === undefined || code === raised)
  )
}
