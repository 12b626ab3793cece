import { EngineError } from './engine-error.ts'

/** A moment by which something must have come about. */
export class Deadline {
  readonly #at: number

  constructor(ms: number) {
    this.#at = performance.now() + ms
  }

  get leftMs(): number {
    return this.#at - performance.now()
  }

  /** Throws when it is over. What the last try met says more than that time has passed. */
  check(last?: unknown): void {
    if (this.leftMs > 0) return
    if (last instanceof EngineError) throw last
    throw new EngineError('unanswered', 'no answer in time')
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
