import { Alarm, type Clock } from '@wirepact/peer'
import { Kind, type Message } from '@wirepact/protocol'

export interface RenewalOptions {
  readonly clock: Clock
  readonly send: (message: Message) => void
  /** Judges fresh credentials. Resolves to when they expire, in ms from now (undefined: never); rejects to refuse. */
  readonly check: (credentials: unknown) => Promise<number | undefined>
  /** They were refused, or did not come in time. */
  readonly refuse: (reason: string) => void
}

/** How long a client may take to send fresh credentials, in ms (PROTOCOL.md, "auth"). */
export const defaultGraceMs = 25_000

/** Watches over one connection's credentials: when they expire fresh ones are asked for, and awaited for a time. */
export class Renewal {
  readonly #options: RenewalOptions
  readonly #alarm: Alarm
  #asked = false
  /** Counts channels: what was sent over one is not answered over the next, which came with credentials of its own. */
  #generation = 0

  constructor(options: RenewalOptions) {
    this.#options = options
    this.#alarm = new Alarm(options.clock, () => {
      if (this.#asked) options.refuse('no fresh credentials came in time')
      else this.require(defaultGraceMs)
    })
  }

  /** A channel stands, and the credentials it came with expire after so many ms; undefined: never. */
  begin(expiresInMs: number | undefined): void {
    this.#generation++
    this.#accept(expiresInMs)
  }

  /** Asks for fresh ones now. Asked again meanwhile, the earlier end stands. */
  require(graceMs: number): void {
    if (!this.#asked) this.#alarm.clear()
    this.#asked = true
    this.#alarm.wakeAt(this.#options.clock.now() + graceMs)
    this.#options.send({ kind: Kind.auth, required: true, graceMs })
  }

  /** The client sent fresh ones, asked or not. */
  receive(credentials: unknown): void {
    const generation = this.#generation
    this.#options.check(credentials).then(
      (expiresInMs) => {
        if (generation !== this.#generation) return
        this.#accept(expiresInMs)
        this.#options.send({ kind: Kind.auth, ok: true })
      },
      () => {
        if (generation === this.#generation) this.#options.refuse('the fresh credentials were refused')
      },
    )
  }

  /** The channel is gone. */
  stop(): void {
    this.#generation++
    this.#alarm.clear()
  }

  #accept(expiresInMs: number | undefined): void {
    this.#asked = false
    this.#alarm.clear()
    if (expiresInMs !== undefined) this.#alarm.wakeAt(this.#options.clock.now() + expiresInMs)
  }
}
