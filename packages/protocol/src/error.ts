import { maxKeyBytes } from './limits.ts'
import type { CallErrorCode } from './status.ts'

/** One thing that a schema found wrong, as Standard Schema reports it. */
export interface Issue {
  readonly message: string
  readonly path?: readonly (string | number)[]
}

export interface WirepactErrorOptions<Data> {
  readonly data?: Data
  /** True for an error that the procedure declares. @default false */
  readonly declared?: boolean
  /** See {@link WirepactError.mayHaveRun}. */
  readonly mayHaveRun?: boolean
  /** What led to it; it stays on this side of the wire. */
  readonly cause?: unknown
}

/**
 * The one error of a failed call. `code` is either from the closed set of {@link CallErrorCode} or, when `declared`,
 * the name of an error that the procedure's contract declares; then `data` has the declared shape.
 */
export class WirepactError<Code extends string = CallErrorCode, Data = unknown> extends Error {
  readonly code: Code
  readonly data: Data
  readonly declared: boolean
  /**
   * With `connection-lost` and `indeterminate`: true when the handler may have run although no answer arrived, false
   * when it certainly did not. Undefined for errors that are themselves the answer.
   */
  readonly mayHaveRun: boolean | undefined

  constructor(code: Code, message?: string, options: WirepactErrorOptions<Data> = {}) {
    super(message ?? code, 'cause' in options ? { cause: options.cause } : undefined)
    // Spelled out, because minifiers rename classes.
    this.name = 'WirepactError'
    this.code = code
    this.data = options.data as Data
    this.declared = options.declared === true
    this.mayHaveRun = options.mayHaveRun
  }

  /** With `invalid-input`: what the schema found, as far as the other side reports it. */
  get issues(): readonly Issue[] | undefined {
    const { data } = this as { data: unknown }
    if (this.declared || typeof data !== 'object' || data === null || !('issues' in data)) return undefined
    return Array.isArray(data.issues) ? data.issues : undefined
  }

  /**
   * Any thrown thing as a WirepactError. One that is not yet becomes `cancelled` for an AbortError, `deadline-exceeded`
   * for a TimeoutError, and `internal` otherwise, always with a fixed text: the original is the `cause` and nothing of
   * it can leave by mistake.
   */
  static from(thrown: unknown): WirepactError<string> {
    return asWirepactError(thrown)
  }
}

/** The idempotency key of a call is longer than may be sent. */
export function keyTooLong(): WirepactError {
  return new WirepactError('invalid-input', `an idempotency key has at most ${maxKeyBytes} bytes`)
}

// Outside of the class: bundlers rename a class that mentions itself, and that name is what a console prints.
function asWirepactError(thrown: unknown): WirepactError<string> {
  if (thrown instanceof WirepactError) return thrown
  const name = thrown instanceof Error ? thrown.name : ''
  if (name === 'AbortError') return new WirepactError('cancelled', 'the call was cancelled', { cause: thrown })
  if (name === 'TimeoutError') return new WirepactError('deadline-exceeded', 'the deadline passed', { cause: thrown })
  return new WirepactError('internal', 'internal error', { cause: thrown })
}
