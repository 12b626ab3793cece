import type { Clock } from '@wirepact/peer'
import { closeCode } from '@wirepact/protocol'

/** How a server goes away without anybody noticing. */
export interface DrainOptions {
  /** When connections that still stand are closed, in ms from now; calls that run until then are lost. */
  readonly deadlineMs: number
  /**
   * Over how long the clients are sent away, in ms, so that they do not all arrive elsewhere at once; never more than
   * half of `deadlineMs`, which leaves the last one time to finish its calls. @default 30,000
   */
  readonly spreadMs?: number
  /** For people. @default 'the server is draining' */
  readonly reason?: string
}

/** What a drain needs to know of a connection. */
export interface Drained {
  goAway(delayMs: number, deadlineMs: number, reason: string): void
  close(code: number, reason: string): void
  end(because: string): void
}

/**
 * Sends every client away, each at its own moment within the window; a client leaves then, as soon as nothing of it is
 * in flight. Over when all have gone or the deadline has passed.
 */
export class Drain {
  readonly done: Promise<void>
  readonly #live: ReadonlyMap<string, Drained>
  readonly #stopTimer: () => void
  #resolve: () => void = () => {}

  /** @throws RangeError for times that are not 0 or more */
  constructor(live: ReadonlyMap<string, Drained>, clock: Clock, options: DrainOptions) {
    const { deadlineMs, spreadMs = 30_000, reason = 'the server is draining' } = options
    if (!(deadlineMs >= 0 && spreadMs >= 0)) {
      throw new RangeError(`drain: deadlineMs and spreadMs must be 0 or more, not ${deadlineMs} and ${spreadMs}`)
    }
    this.#live = live
    this.done = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.#stopTimer = clock.schedule(deadlineMs, () => this.#expire(reason))
    const window = Math.min(spreadMs, deadlineMs / 2, longestSpreadMs)
    // What travels is a whole number, and one that has no end is as good as the largest.
    const namedMs = Math.min(Math.ceil(deadlineMs), Number.MAX_SAFE_INTEGER)
    let index = 0
    for (const connection of live.values()) {
      connection.goAway(Math.round((window * index++) / live.size), namedMs, reason)
    }
    this.left()
  }

  /** A connection has gone. */
  left(): void {
    if (this.#live.size === 0) this.finish()
  }

  finish(): void {
    this.#stopTimer()
    this.#resolve()
  }

  #expire(reason: string): void {
    for (const connection of [...this.#live.values()]) {
      connection.close(closeCode.goingAway, reason)
      connection.end(reason)
    }
    this.finish()
  }
}

/** A day. */
const longestSpreadMs = 24 * 3_600_000
