import type { Clock } from '@wirepact/peer'
import type { Bus } from './bus.ts'
import type { Directory } from './directory.ts'
import type { Beat } from './message.ts'

export interface MembershipOptions {
  readonly bus: Bus
  readonly directory: Directory
  readonly clock: Clock
  /** How often this node says that it lives, in ms. */
  readonly everyMs: number
  /** After how long a silence it counts as gone, in ms. */
  readonly goneMs: number
  /** From 0 to 1. */
  readonly random: () => number
  /** Called once: those who are there have had the time to say so. */
  readonly warmed: () => void
}

/** Says that this node lives, and notices who does not. */
export class Membership {
  draining = false
  readonly #options: MembershipOptions
  #stopTick: (() => void) | undefined
  #stopReply: (() => void) | undefined
  #stopWarming: (() => void) | undefined
  #warm = false
  #tickAt = 0
  #ticks = 0
  /** Since when the log has not answered a sign of life; undefined when it has. */
  #beatingSince: number | undefined

  constructor(options: MembershipOptions) {
    this.#options = options
  }

  /** Whether those who are there have had the time to say so. */
  get warm(): boolean {
    return this.#warm
  }

  begin(): void {
    this.#beat(true)
    this.#schedule()
  }

  stop(): void {
    this.#stopTick?.()
    this.#stopReply?.()
    this.#stopWarming?.()
  }

  /** The log carries messages: whoever is there answers the first sign of life. */
  echoed(): void {
    if (this.#warm || this.#stopWarming !== undefined) return
    this.#stopWarming = this.#options.clock.schedule(warmMs, () => {
      this.#warm = true
      this.#options.warmed()
    })
  }

  heard(beat: Beat, isUnknown: boolean): void {
    const { clock, directory, random } = this.#options
    directory.heard(beat, clock.now())
    if (!(beat.isNew || isUnknown) || this.#stopReply !== undefined) return
    // A row of nodes that begin together is answered once, and not by all in the same moment.
    this.#stopReply = clock.schedule(random() * replyWithinMs, () => {
      this.#stopReply = undefined
      this.#beat(false)
    })
  }

  /** Messages to all were lost: who came and went meanwhile is to be asked again. */
  refresh(): void {
    this.#beat(true)
  }

  /** Says at once what has changed. */
  announce(): void {
    this.#beat(false)
  }

  #schedule(): void {
    const { clock, everyMs } = this.#options
    const tickMs = everyMs / ticksPerBeat
    this.#tickAt = clock.now() + tickMs
    this.#stopTick = clock.schedule(tickMs, () => this.#tick())
  }

  #tick(): void {
    const { clock, directory, everyMs } = this.#options
    const now = clock.now()
    const lateMs = now - this.#tickAt
    // Our process stood still: what others said meanwhile waits to be read.
    if (lateMs > everyMs / ticksPerBeat) directory.forgive(lateMs)
    directory.sweep(now)
    this.#ticks++
    if (this.#ticks % ticksPerBeat === 0) this.#beat(false)
    this.#schedule()
  }

  #beat(isNew: boolean): void {
    const { bus, clock, goneMs } = this.#options
    const now = clock.now()
    // One that is stuck would only be followed by more that are; but a log that forgot to answer must not end us all.
    if (now - (this.#beatingSince ?? Number.NEGATIVE_INFINITY) < goneMs) return
    this.#beatingSince = now
    const { draining } = this
    bus
      .toAll({ kind: 'beat', goneMs, isNew, draining })
      // That the log is away is said by the bus.
      .catch(() => {})
      .finally(() => {
        if (this.#beatingSince === now) this.#beatingSince = undefined
      })
  }
}

/** How often it is looked who is gone, between two signs of life. */
const ticksPerBeat = 4
const replyWithinMs = 100
/** Time for the others' answers, after the log has brought our own question back. */
const warmMs = 400
