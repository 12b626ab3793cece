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

/** Sessions whose client is away, and may come back for what it is owed. */
export interface Awaited {
  readonly absent: number
  /** Ends them all. */
  close(): void
}

/**
 * Sends every client away, each at its own moment within the window; a client leaves then, as soon as it has another
 * connection and nothing of it is in flight here. Over when all have gone and nobody is expected back, or the deadline
 * has passed.
 */
export class Drain {
  readonly done: Promise<void>
  readonly #live: ReadonlyMap<string, Drained>
  readonly #sessions: Awaited
  readonly #clock: Clock
  readonly #reason: string
  readonly #windowMs: number
  readonly #windowEnd: number
  readonly #deadline: number
  readonly #stopTimer: () => void
  #returned = 0
  #over = false
  #resolve: () => void = () => {}

  /** @throws RangeError for times that are not 0 or more */
  constructor(live: ReadonlyMap<string, Drained>, sessions: Awaited, clock: Clock, options: DrainOptions) {
    const { deadlineMs, spreadMs = 30_000, reason = 'the server is draining' } = options
    if (!(deadlineMs >= 0 && spreadMs >= 0)) {
      throw new RangeError(`drain: deadlineMs and spreadMs must be 0 or more, not ${deadlineMs} and ${spreadMs}`)
    }
    this.#live = live
    this.#sessions = sessions
    this.#clock = clock
    this.#reason = reason
    this.done = new Promise((resolve) => {
      this.#resolve = resolve
    })
    this.#windowMs = Math.min(spreadMs, deadlineMs / 2, longestSpreadMs)
    this.#windowEnd = clock.now() + this.#windowMs
    this.#deadline = clock.now() + deadlineMs
    this.#stopTimer = clock.schedule(deadlineMs, () => this.#expire())
    let index = 0
    for (const connection of live.values()) this.#send(connection, (this.#windowMs * index++) / live.size)
    this.left()
  }

  get over(): boolean {
    return this.#over
  }

  /** A client has come back to its session: it, too, has to leave within what is left of the window. */
  send(connection: Drained): void {
    const leftMs = Math.max(0, this.#windowEnd - this.#clock.now())
    // Those who come back together shall not leave together; multiples of this number fall evenly.
    this.#send(connection, leftMs * ((this.#returned++ * goldenRatio) % 1))
  }

  /** A session has ended. */
  left(): void {
    if (this.#live.size === 0 && this.#sessions.absent === 0) this.finish()
  }

  finish(): void {
    if (this.#over) return
    this.#over = true
    this.#stopTimer()
    this.#resolve()
  }

  #send(connection: Drained, delayMs: number): void {
    // What travels is a whole number, and one that has no end is as good as the largest.
    const leftMs = Math.ceil(Math.max(0, this.#deadline - this.#clock.now()))
    connection.goAway(Math.round(delayMs), Math.min(leftMs, Number.MAX_SAFE_INTEGER), this.#reason)
  }

  #expire(): void {
    for (const connection of [...this.#live.values()]) {
      connection.close(closeCode.goingAway, this.#reason)
      connection.end(this.#reason)
    }
    this.#sessions.close()
    this.finish()
  }
}

const goldenRatio = 0.618_033_988_749_895
/** A day. */
const longestSpreadMs = 24 * 3_600_000
