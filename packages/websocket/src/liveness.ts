import { MisuseError } from './errors.ts'

/** How a peer that is gone without a word is found. */
export interface LivenessOptions {
  /** Silence after which the peer is pinged, in milliseconds. @default 30000 */
  readonly pingAfterMs?: number | undefined
  /**
   * Time the peer has to let itself be heard once the ping has left, in milliseconds. After it the connection is over:
   * `closed` with 1006. @default 10000
   */
  readonly pongWithinMs?: number | undefined
}

/**
 * Theory of operation.
 *
 *   listening   something was heard lately. After `pingAfterMs` of silence a ping is queued →
 *   leaving     the ping waits behind what was queued before it. It may have to wait for long, and the peer cannot answer
 *               what it has not got: the time for the pong does not run yet. But the transport has to move: if it sends
 *               not a byte for `pongWithinMs`, the peer neither reads nor speaks. When the ping's last byte has left →
 *   awaiting    the peer has `pongWithinMs` to be heard.
 *   deaf        we do not read, because the consumer is slow. What we do not hear proves nothing, so no time runs.
 *
 * Any byte from the peer leads back to `listening`, not only the pong: it may stand behind megabytes of a message.
 */
type Phase = 'listening' | 'leaving' | 'awaiting' | 'deaf'

export class Liveness {
  readonly #pingAfterMs: number
  readonly #pongWithinMs: number
  #phase: Phase = 'listening'
  /** When the present phase, or the last progress in it, began. */
  #since: number
  /** Bytes the transport has taken and sent in all, and where in that stream the ping ends. */
  #taken = 0
  #sent = 0
  #pingEnd = 0

  /** @throws {MisuseError} for times that are not positive */
  constructor(options: LivenessOptions, now: number) {
    this.#pingAfterMs = positive('pingAfterMs', options.pingAfterMs ?? 30_000)
    this.#pongWithinMs = positive('pongWithinMs', options.pongWithinMs ?? 10_000)
    this.#since = now
  }

  get deadline(): number {
    if (this.#phase === 'deaf') return Number.POSITIVE_INFINITY
    return this.#since + (this.#phase === 'listening' ? this.#pingAfterMs : this.#pongWithinMs)
  }

  /** The ping is on its way to the peer, but has not left. */
  get leaving(): boolean {
    return this.#phase === 'leaving'
  }

  /** Bytes came. */
  heard(now: number): void {
    if (this.#phase !== 'deaf') this.#enter('listening', now)
  }

  /** Whether what the peer sends is read at all. */
  reads(reads: boolean, now: number): void {
    if (!reads) this.#enter('deaf', now)
    else if (this.#phase === 'deaf') this.#enter('listening', now)
  }

  /** A ping was queued, with this many bytes waiting for the transport now. */
  pinged(pendingBytes: number, now: number): void {
    this.#pingEnd = this.#taken + pendingBytes
    this.#enter('leaving', now)
  }

  /** The transport took a chunk. */
  taken(bytes: number): void {
    this.#taken += bytes
  }

  /** The transport holds this many bytes that it has not sent. */
  backlog(bytes: number, now: () => number): void {
    const sent = this.#taken - bytes
    if (sent === this.#sent) return
    this.#sent = sent
    if (this.#phase === 'leaving') this.#enter(sent >= this.#pingEnd ? 'awaiting' : 'leaving', now())
  }

  /** What is to be done, if anything. */
  due(now: number): 'ping' | 'give-up' | undefined {
    if (now < this.deadline) return undefined
    return this.#phase === 'listening' ? 'ping' : 'give-up'
  }

  /** The only place that writes the phase. */
  #enter(phase: Phase, now: number): void {
    this.#phase = phase
    this.#since = now
  }
}

function positive(name: string, ms: number): number {
  if (!(ms > 0)) throw new MisuseError(`${name} must be a positive number of milliseconds, not ${String(ms)}`)
  return ms
}
