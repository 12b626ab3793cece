import type { Clock } from '@wirepact/peer'

/** A connection whose other end must prove that it is alive. */
export interface Pulse {
  ping(): void
  /** No answer within the time. */
  lost(): void
}

interface Beat {
  /** When the next ping leaves, or, while one is unanswered, when patience ends. */
  due: number
  waiting: boolean
  /** It was given more patience, for a time in which this process did nothing. */
  excused: boolean
}

/**
 * Asks every connection for a sign of life, from one timer. The server drives it because a browser can neither send
 * ping frames nor rely on its timers in a hidden page, which run once a minute.
 */
export class Heartbeat {
  readonly periodMs: number
  readonly #patienceMs: number
  readonly #clock: Clock
  readonly #beats = new Map<Pulse, Beat>()
  #cancel: (() => void) | undefined
  /** When it was looked at them last. */
  #sweptAt = 0

  /** @throws RangeError for a period that clients could not be told, and for a patience that is no time */
  constructor(clock: Clock, periodMs: number, patienceMs: number) {
    if (!(Number.isSafeInteger(periodMs) && periodMs > 0 && patienceMs > 0)) {
      throw new RangeError(
        `heartbeat: periodMs must be an integer above 0 and patienceMs above 0, not ${periodMs} and ${patienceMs}`,
      )
    }
    this.#clock = clock
    this.periodMs = periodMs
    this.#patienceMs = patienceMs
  }

  add(pulse: Pulse): void {
    this.#beats.set(pulse, { due: this.#clock.now() + this.periodMs, waiting: false, excused: false })
    this.#schedule()
  }

  remove(pulse: Pulse): void {
    this.#beats.delete(pulse)
    if (this.#beats.size > 0) return
    this.#cancel?.()
    this.#cancel = undefined
  }

  /** The other end answered. */
  answered(pulse: Pulse): void {
    const beat = this.#beats.get(pulse)
    if (beat === undefined || !beat.waiting) return
    beat.waiting = false
    beat.excused = false
    beat.due += this.periodMs - this.#patienceMs
  }

  #schedule(): void {
    if (this.#cancel !== undefined || this.#beats.size === 0) return
    this.#sweptAt = this.#clock.now()
    this.#cancel = this.#clock.schedule(this.#stepMs, () => {
      this.#cancel = undefined
      this.#sweep()
      this.#schedule()
    })
  }

  get #stepMs(): number {
    return Math.min(1_000, this.#patienceMs / 4, this.periodMs / 4)
  }

  // A process that was stopped, or blocked for long, has not read what came meanwhile: the answers may lie there. So
  // all have their patience once more, but only once, or one that is often blocked would never lose anybody.
  #sweep(): void {
    const now = this.#clock.now()
    const wasStopped = now - this.#sweptAt > 2 * this.#stepMs
    for (const [pulse, beat] of this.#beats) {
      if (wasStopped && beat.waiting && !beat.excused) {
        beat.excused = true
        beat.due = now + this.#patienceMs
      }
      if (beat.due > now) continue
      if (beat.waiting) {
        this.#beats.delete(pulse)
        pulse.lost()
      } else {
        beat.waiting = true
        beat.due = now + this.#patienceMs
        pulse.ping()
      }
    }
  }
}
