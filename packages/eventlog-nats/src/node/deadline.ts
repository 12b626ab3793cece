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

/** What the work brings, or a failure when the time is over; the work then ends on its own. */
export function within<T>(ms: number, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new EngineError('unanswered', 'no answer in time')), ms)
    work.finally(() => clearTimeout(timer)).then(resolve, reject)
  })
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
