import type { Clock } from '@wirepact/peer'
import type { HelloMessage } from '@wirepact/protocol'
import { Absentees } from './absentees.ts'
import type { Limits } from './limits.ts'
import type { ServedConnection } from './served-connection.ts'

export interface SessionsOptions {
  readonly clock: Clock
  readonly limits: Limits
  /** Unguessable bytes. */
  readonly random: (count: number) => Uint8Array
  /** A collision-resistant digest, as text. */
  readonly digest: (bytes: Uint8Array) => Promise<string>
}

/** A new token, and what is kept of it. */
export interface TokenDraft {
  readonly token: Uint8Array
  readonly hash: string
}

/** A session that its client may carry on, and the digest of the token it proved that with. */
export interface Found {
  readonly connection: ServedConnection
  readonly presented: string
  /** The number that its client gave to this hello. */
  readonly attempt: number | undefined
  /** Whether a later hello of its client has the session already. */
  overtaken(): boolean
}

interface Kept {
  readonly connection: ServedConnection
  principal: string
  /** Of the newest token. Tokens themselves are not kept: whoever reads this memory cannot take over a session. */
  token: string
  /** Of the one before it, until the client has shown that it has the newest: a lost welcome must lose nothing. */
  previous: string | undefined
  /** The number of the hello that it was given to last, and the client's own number for that. */
  arrival: number
  attempt: number
  /** What it counted for when it was looked at last; 0 while its client is there. */
  bytes: number
  stopTimer: (() => void) | undefined
}

/** The sessions that their clients may come back to. */
export class Sessions {
  readonly #options: SessionsOptions
  readonly #kept = new Map<string, Kept>()
  /** Those whose client is away. */
  readonly #absent: Absentees<Kept>
  #stopLooking: (() => void) | undefined

  constructor(options: SessionsOptions) {
    this.#options = options
    this.#absent = new Absentees(options.limits.detachedShareBytes)
  }

  /** Sessions whose client is away. */
  get absent(): number {
    return this.#absent.size
  }

  /** Bytes kept for clients that are away, with what a session costs that holds nothing, as of the last look. */
  get heldBytes(): number {
    return this.#absent.bytes
  }

  /** A token that is nobody's yet. */
  async draft(): Promise<TokenDraft> {
    const token = this.#options.random(tokenBytes)
    return { token, hash: await this.#options.digest(token) }
  }

  /** Gives the token to a session: one that begins now, or one that its client comes back to. */
  keep(connection: ServedConnection, principal: string, { hash }: TokenDraft, arrival: number, found?: Found): void {
    const kept = this.#kept.get(connection.id)
    if (kept === undefined) {
      const token = hash
      this.#kept.set(connection.id, {
        connection,
        principal,
        token,
        previous: undefined,
        arrival,
        attempt: 0,
        bytes: 0,
        stopTimer: undefined,
      })
      return
    }
    kept.arrival = arrival
    kept.stopTimer?.()
    kept.stopTimer = undefined
    this.#back(kept)
    // The one that the client presented, not the one before the newest: it may never have seen that one.
    kept.previous = found?.presented
    kept.attempt = found?.attempt ?? kept.attempt
    kept.token = hash
  }

  /**
   * The session that a hello asks for, if there is one, the token is right, and it belongs to the same principal.
   * Changes nothing: a wrong guess costs the session nothing.
   */
  async find(hello: HelloMessage, principal: string, encoding: string, arrival: number): Promise<Found | undefined> {
    const { resume } = hello
    if (resume === undefined) return undefined
    const hash = await this.#options.digest(resume.token)
    const kept = this.#kept.get(resume.session)
    // Digests are compared, so how long the comparison takes tells nothing about the token.
    if (kept === undefined || (hash !== kept.token && hash !== kept.previous)) return undefined
    const { connection } = kept
    const same = kept.principal === principal && connection.encoding === encoding
    if (!same || connection.fingerprint !== hello.fingerprint || !connection.canResume(resume.received))
      return undefined
    const { attempt } = resume
    // Their client numbers hellos in the order in which it said them; where it does not, that of their arrival counts.
    const overtaken = () =>
      attempt === undefined || attempt === kept.attempt ? arrival < kept.arrival : attempt < kept.attempt
    return { connection, presented: hash, attempt, overtaken }
  }

  /** The client has shown that it knows its newest token. */
  spoke(connection: ServedConnection): void {
    const kept = this.#kept.get(connection.id)
    if (kept !== undefined) kept.previous = undefined
  }

  /** Its client has fresh credentials. */
  renew(connection: ServedConnection, principal: string): void {
    const kept = this.#kept.get(connection.id)
    if (kept === undefined) return
    const { bytes } = kept
    this.#absent.delete(kept, kept.principal)
    kept.principal = principal
    // It may have gone while they were looked at.
    if (bytes > 0) this.#absent.add(kept, principal, bytes)
  }

  away(connection: ServedConnection): void {
    const kept = this.#kept.get(connection.id)
    if (kept === undefined) return connection.end('it cannot be resumed')
    const { clock, limits } = this.#options
    this.#absent.add(kept, kept.principal, costOf(kept))
    kept.stopTimer = clock.schedule(limits.detachedMs, () =>
      connection.end(`nobody came back within ${limits.detachedMs} ms`),
    )
    this.#evict()
  }

  #back(kept: Kept): void {
    this.#absent.delete(kept, kept.principal)
    if (this.#absent.size > 0) return
    this.#stopLooking?.()
    this.#stopLooking = undefined
  }

  forget(connection: ServedConnection): void {
    const kept = this.#kept.get(connection.id)
    if (kept === undefined) return
    kept.stopTimer?.()
    this.#back(kept)
    this.#kept.delete(connection.id)
  }

  /** Ends the sessions of all clients that are away. */
  close(): void {
    for (const { connection } of [...this.#absent]) connection.end('the server is closing')
  }

  /** Ends the session of a principal that is absent for longest. False when none of them is absent. */
  endOldest(principal: string): boolean {
    const oldest = this.#absent.oldestOf(principal)
    oldest?.connection.end('its principal has as many sessions as it may')
    return oldest !== undefined
  }

  #evict(): void {
    const { clock, limits } = this.#options
    while (this.#absent.bytes > limits.detachedBytes) {
      const kept = this.#absent.next() as Kept
      this.#absent.delete(kept, kept.principal)
      kept.connection.end('too much is kept for absent clients')
    }
    // What is kept grows while they are away: with each call and each change of state that is meant for them.
    if (this.#absent.size === 0 || this.#stopLooking !== undefined) return
    this.#stopLooking = clock.schedule(lookMs, () => {
      this.#stopLooking = undefined
      for (const kept of this.#absent) this.#absent.count(kept, costOf(kept))
      this.#evict()
    })
  }
}

function costOf({ connection }: Kept): number {
  return sessionBytes + connection.heldBytes
}

/**
 * What one session costs that holds nothing: 13 kB measured on Node.js 24, and some room. Without it clients that come
 * and go, and say nothing, would fill the memory with sessions that count for 0 bytes.
 */
export const sessionBytes = 16 * 1024
/** How often it is looked at how much is kept. */
const lookMs = 1_000
const tokenBytes = 32
