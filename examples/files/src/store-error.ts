/** What the store refuses, by the names of the contract's errors. */
interface Refusals {
  BAD_NAME: { reason: string }
  EXISTS: { bytes: number }
  TOO_LARGE: { limitBytes: number }
  QUOTA: { leftBytes: number }
  DISK_FULL: { freeBytes: number }
  WRONG_LENGTH: { stored: number }
  CHECKSUM: { sha256: string }
  TAKEN_OVER: undefined
  NOT_FOUND: undefined
  CHANGED: { version: string }
}

/** Why the store did not do it. */
export class StoreError<Code extends keyof Refusals = keyof Refusals> extends Error {
  readonly code: Code
  readonly data: Refusals[Code]

  constructor(code: Code, data: Refusals[Code]) {
    super(code)
    this.name = 'StoreError'
    this.code = code
    this.data = data
  }
}

/** What the system says when a disk, or somebody's share of it, is full. */
const FULL: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

export function isDiskFull(error: unknown): boolean {
  return FULL.has((error as NodeJS.ErrnoException).code)
}
