import { MisuseError } from '../errors.ts'

/** What the loop is driven by. Tests give their own. */
export interface LoopTurns<Turn = unknown> {
  /** Milliseconds from any fixed point. */
  now(): number
  /** Call back in the next turn of the event loop, which must not sleep until then. */
  next(callback: () => void): Turn
  cancel(turn: Turn): void
}

/** Longer than this nobody can want a core to be busy for nothing. */
const LONGEST_MS = 1_000

/** @throws {MisuseError} for a time that is not from 0 to 1,000 ms */
export function checkLowLatency(ms: number | undefined): void {
  if (ms === undefined || (ms >= 0 && ms <= LONGEST_MS)) return
  throw new MisuseError(`lowLatencyMs must be a number from 0 to ${LONGEST_MS}, not ${String(ms)}`)
}

/**
 * Keeps the event loop from falling asleep while somebody is talking.
 *
 * Theory of operation: a loop with nothing to do sleeps in the kernel, and being woken takes longer (20 to 50 µs) than
 * all that is done for a small call. While an immediate is pending, the loop asks the kernel and goes on at once. So
 * from a chunk of a busy connection on, one immediate follows the other until `lowLatencyMs` have passed without
 * another such chunk. A connection is busy when its chunk came within `lowLatencyMs` of the one before: heartbeats
 * never are, and an idle process sleeps. One loop serves all connections of the process, and stops with the last one.
 */
export class AwakeLoop<Turn = unknown> {
  readonly #turns: LoopTurns<Turn>
  #talkers = 0
  #until = 0
  #turn: Turn | undefined

  constructor(turns: LoopTurns<Turn>) {
    this.#turns = turns
  }

  /** One more connection that may want the loop awake. */
  join(stayMs: number): Talker {
    this.#talkers++
    return new Talker(this, stayMs)
  }

  leave(): void {
    this.#talkers--
    if (this.#talkers > 0 || this.#turn === undefined) return
    this.#turns.cancel(this.#turn)
    this.#turn = undefined
    // What was promised to those who have gone is nothing to those who come.
    this.#until = 0
  }

  now(): number {
    return this.#turns.now()
  }

  /** Stay awake until then. */
  stayAwake(until: number): void {
    if (until > this.#until) this.#until = until
    this.#turn ??= this.#turns.next(this.#onTurn)
  }

  readonly #onTurn = (): void => {
    this.#turn = this.#turns.now() < this.#until ? this.#turns.next(this.#onTurn) : undefined
  }
}

/** One connection. */
export class Talker {
  readonly #loop: AwakeLoop
  readonly #stayMs: number
  #lastAt = Number.NEGATIVE_INFINITY
  #left = false

  constructor(loop: AwakeLoop, stayMs: number) {
    this.#loop = loop
    this.#stayMs = stayMs
  }

  /** A chunk came. */
  heard(): void {
    const now = this.#loop.now()
    if (!this.#left && now - this.#lastAt < this.#stayMs) this.#loop.stayAwake(now + this.#stayMs)
    this.#lastAt = now
  }

  /** The connection is over. */
  leave(): void {
    if (this.#left) return
    this.#left = true
    this.#loop.leave()
  }
}

/** The loop of this process. */
export const awakeLoop = new AwakeLoop<NodeJS.Immediate>({
  now: () => performance.now(),
  next: (callback) => setImmediate(callback),
  cancel: (turn) => clearImmediate(turn),
})
