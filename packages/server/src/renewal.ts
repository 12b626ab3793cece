import { Alarm, type Clock } from '@wirepact/peer'
import { Kind, type Message } from '@wirepact/protocol'

/** The connection whose credentials are watched over. */
export interface Renewing {
  say(message: Message): void
  /** Judges fresh credentials; rejects to refuse them. What it resolves to puts them to use. */
  check(credentials: unknown): Promise<Renewed>
  /** They were refused, or did not come in time. */
  refuse(reason: string): void
}

/** Puts fresh credentials to use. Returns when they expire, in ms from now; undefined: never. */
export type Renewed = () => number | undefined

/** How long a client may take to send fresh credentials, in ms (PROTOCOL.md, "auth"). */
export const defaultGraceMs = 25_000

/** Watches over one connection's credentials: when they expire fresh ones are asked for, and awaited for a time. */
export class Renewal {
  readonly #clock: Clock
  readonly #connection: Renewing
  /** Made when there is something to wait for. */
  #alarm: Alarm | undefined
  #asked = false
  #checking = false
  /** Those that came last while others were being checked. */
  #next: { readonly credentials: unknown } | undefined
  /** Counts channels: what was sent over one is not answered over the next, which came with credentials of its own. */
  #generation = 0

  constructor(clock: Clock, connection: Renewing) {
    this.#clock = clock
    this.#connection = connection
  }

  /** A channel stands, and the credentials it came with expire after so many ms; undefined: never. */
  begin(expiresInMs: number | undefined): void {
    this.#forget()
    this.#accept(expiresInMs)
  }

  /** Asks for fresh ones now. Asked again meanwhile, the earlier end stands. @throws RangeError for what is no time */
  require(graceMs: number): void {
    if (!(graceMs >= 0 && graceMs <= longestGraceMs)) {
      throw new RangeError(`requireCredentials: graceMs must be from 0 to ${longestGraceMs}, not ${graceMs}`)
    }
    if (!this.#asked) this.#alarm?.clear()
    this.#asked = true
    this.#wakeIn(graceMs)
    this.#connection.say({ kind: Kind.auth, required: true, graceMs: Math.ceil(graceMs) })
  }

  /**
   * The client sent fresh ones, asked or not. One check at a time: however many it sends, the application is not asked
   * about them at once, and an answer that took longer never replaces what came after.
   */
  receive(credentials: unknown): void {
    if (this.#checking) this.#next = { credentials }
    else this.#check(credentials)
  }

  #check(credentials: unknown): void {
    const generation = this.#generation
    this.#checking = true
    this.#connection.check(credentials).then(
      (use) => this.#checked(generation, use),
      () => this.#checked(generation, undefined),
    )
  }

  #checked(generation: number, use: Renewed | undefined): void {
    // Another channel has come with credentials of its own meanwhile, and may be having its own checked.
    if (generation !== this.#generation) return
    this.#checking = false
    if (use === undefined) return this.#connection.refuse('the fresh credentials were refused')
    this.#accept(use())
    this.#connection.say({ kind: Kind.auth, ok: true })
    const next = this.#next
    this.#next = undefined
    if (next !== undefined) this.#check(next.credentials)
  }

  /** The channel is gone. */
  stop(): void {
    this.#forget()
    this.#alarm?.clear()
  }

  #accept(expiresInMs: number | undefined): void {
    this.#asked = false
    this.#alarm?.clear()
    if (expiresInMs === undefined) return
    // Some that have expired already were accepted all the same: asking again at once would go round in a ring.
    this.#wakeIn(Math.max(expiresInMs, shortestMs))
  }

  #wakeIn(delayMs: number): void {
    this.#alarm ??= new Alarm(this.#clock, () => {
      if (this.#asked) this.#connection.refuse('no fresh credentials came in time')
      else this.require(defaultGraceMs)
    })
    this.#alarm.wakeAt(this.#clock.now() + delayMs)
  }

  #forget(): void {
    this.#generation++
    this.#checking = false
    this.#next = undefined
  }
}

const shortestMs = 1_000
/** A day; more is no deadline. */
const longestGraceMs = 24 * 3_600_000
