import { randomUUID } from 'node:crypto'
import type { Engine } from './engine.ts'
import { EngineError } from './engine-error.ts'
import type { Names } from './streams.ts'

// Theory of operation
//
// A key's time is over for all nodes at once, so it is told by the engine's clock and not by theirs, which may differ. A
// message is stored and read back: its time lies between the moments before and after. The clock is measured again after
// a while, since clocks drift and are set.

/** The engine's clock, in ms since 1970. */
export class EngineClock {
  readonly #engine: Engine
  readonly #names: Names
  #ahead = 0
  #uncertainty = 0
  #measuredAt = Number.NEGATIVE_INFINITY
  #measuring: Promise<void> | undefined

  constructor(engine: Engine, names: Names) {
    this.#engine = engine
    this.#names = names
    engine.observe({ connected: () => this.#forget(), disconnected: () => this.#forget() })
  }

  /** About what time it is there, as far as that was measured. */
  get now(): number {
    return now() + this.#ahead
  }

  /** Measures it, when that was not done for a while. */
  keep(): Promise<void> {
    return this.#measured()
  }

  /** The earliest that it can be there now: a time that lies before it is over for certain. */
  async earliest(): Promise<number> {
    await this.#measured()
    return now() + this.#ahead - this.#uncertainty
  }

  /** The latest that it can be there now. */
  async latest(): Promise<number> {
    await this.#measured()
    return now() + this.#ahead + this.#uncertainty
  }

  async #measured(): Promise<void> {
    if (now() - this.#measuredAt < trustedMs) return
    this.#measuring ??= this.#measure().finally(() => {
      this.#measuring = undefined
    })
    await this.#measuring
  }

  async #measure(): Promise<void> {
    const { keys, clock } = this.#names
    const before = now()
    const { seq } = await this.#engine.publish({ subject: clock, data: new Uint8Array(0), id: randomUUID() }, timeoutMs)
    const answered = now()
    const stored = await this.#engine.leader(keys, { last_by_subj: clock })
    if (stored === undefined) throw new EngineError('unanswered', 'the message that tells the time is gone')
    // Another node may have measured since: then it is that one's message, stored before it was read.
    const after = stored.seq === seq ? answered : now()
    if (stored.timeMs === 0) throw new EngineError('refused', 'a message without its time')
    this.#ahead = stored.timeMs - (before + after) / 2
    // Times are read in whole milliseconds.
    this.#uncertainty = (after - before) / 2 + 1
    this.#measuredAt = after
  }

  #forget(): void {
    this.#measuredAt = Number.NEGATIVE_INFINITY
  }
}

/** Never set back, unlike `Date.now()`. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

const trustedMs = 60_000
const timeoutMs = 2_000
