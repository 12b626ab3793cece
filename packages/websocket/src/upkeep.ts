import { FIN, PING } from './frame.ts'
import type { ConnectionLimits } from './limits.ts'
import { Liveness, type LivenessOptions } from './liveness.ts'
import { PingAnswers } from './ping-answers.ts'
import type { SendQueue } from './send-queue.ts'
import type { Sender } from './sender.ts'

const NOTHING = new Uint8Array(0)
const NEVER = Number.POSITIVE_INFINITY

/** Pings and pongs that nobody asked for: answers to the peer's, and our own when it is silent. */
export class Upkeep {
  readonly #sender: Sender
  readonly #now: () => number
  readonly #pongsPerSecond: number
  readonly #liveness: Liveness | undefined
  /** Made for the first ping. */
  #pings: PingAnswers | undefined

  /** @throws {MisuseError} for times that are not positive */
  constructor(sender: Sender, now: () => number, limits: ConnectionLimits, liveness?: LivenessOptions) {
    this.#sender = sender
    this.#now = now
    this.#pongsPerSecond = limits.pongsPerSecond
    if (liveness !== undefined) this.#liveness = new Liveness(liveness, now())
  }

  /** Bytes of the pong that is owed but not written yet. */
  get owedBytes(): number {
    return this.#pings?.owedBytes ?? 0
  }

  /** When `onTimer` wants to be called, or Infinity. */
  get deadline(): number {
    return Math.min(this.#liveness?.deadline ?? NEVER, this.#pings?.deadline ?? NEVER)
  }

  /** A ping of ours has not left yet. */
  get waitsToLeave(): boolean {
    return this.#liveness?.leaving === true
  }

  heard(): void {
    this.#liveness?.heard(this.#now())
  }

  noteReading(reads: boolean): void {
    this.#liveness?.reads(reads, this.#now())
  }

  answer(bytes: Uint8Array, start: number, end: number): void {
    const now = this.#now()
    this.#pings ??= new PingAnswers(this.#sender, this.#pongsPerSecond, now)
    this.#pings.answer(bytes, start, end, now)
  }

  /** Output is about to be taken; or (`anyway`) a close frame to be written, which nothing may follow. */
  flush(anyway: boolean): void {
    this.#pings?.flush(anyway)
  }

  taken(bytes: number): void {
    this.#liveness?.taken(bytes)
  }

  backlog(bytes: number): void {
    this.#liveness?.backlog(bytes, this.#now)
  }

  /**
   * @returns 'give-up' when the peer is gone
   */
  onTimer(now: number, queue: SendQueue): 'give-up' | undefined {
    this.#pings?.allow(now)
    const due = this.#liveness?.due(now)
    if (due !== 'ping') return due
    // No limit is asked: a queue that is full is no reason to lose sight of the peer.
    this.#sender.frame(FIN | PING, NOTHING, 0, 0, false)
    this.#liveness!.pinged(queue.bufferedBytes - queue.backlog, now)
    return undefined
  }

  forget(): void {
    this.#pings?.forget()
  }
}
