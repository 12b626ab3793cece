/** Why a log refused: `closed` by its owner, `unavailable` because its engine is away, `full` at its bound. */
export type EventLogErrorCode = 'closed' | 'unavailable' | 'full'

/** The one error of a log. Wrong arguments are the caller's bug and are `RangeError` instead. */
export class EventLogError extends Error {
  readonly code: EventLogErrorCode

  constructor(code: EventLogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'EventLogError'
    this.code = code
  }
}
