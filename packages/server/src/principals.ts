import type { Clock } from '@wirepact/peer'
import { closeCode } from '@wirepact/protocol'
import { TurnedAway } from './opening.ts'

/** A session that can be ended for good. */
export interface Revocable {
  close(code: number, reason: string): void
  end(because: string): void
}

/** Whose the sessions are, so that those of one principal can be ended at once: attached, absent, and on their way. */
export class Principals {
  readonly #clock: Clock
  readonly #openingMs: number
  readonly #owners = new Map<Revocable, string>()
  /** How many sessions those have who are named. */
  readonly #counts = new Map<string, number>()
  /** Principals that were revoked while hellos may have been under way: up to which hello, and when. */
  readonly #revoked = new Map<string, { readonly arrival: number; readonly at: number }>()

  /** @param openingMs how long a hello may be under way */
  constructor(clock: Clock, openingMs: number) {
    this.#clock = clock
    this.#openingMs = openingMs
  }

  /** How many sessions a principal has. Those whom nobody names are not counted: they are many people, with one name. */
  count(owner: string): number {
    return this.#counts.get(owner) ?? 0
  }

  /** The session is this principal's. @throws TurnedAway when the hello that asks for it came before a revocation */
  add(session: Revocable, owner: string, arrival: number, named: boolean): void {
    this.check(owner, arrival)
    this.#owners.set(session, owner)
    if (named) this.#counts.set(owner, this.count(owner) + 1)
  }

  /** @throws TurnedAway when the hello came before its principal was revoked: what it was let in by is void */
  check(owner: string, arrival: number): void {
    if (arrival <= (this.#revoked.get(owner)?.arrival ?? 0)) throw new TurnedAway(closeCode.unauthenticated, revoked)
  }

  /**
   * Lets a principal begin another session.
   *
   * @param most how many it may have; 0: no limit
   * @param endOldest ends the one that is absent for longest; false when none is
   * @throws TurnedAway when it has as many as it may, and all are in use
   */
  makePlace(owner: string, most: number, endOldest: () => boolean): void {
    if (most === 0 || this.count(owner) < most || endOldest()) return
    throw new TurnedAway(closeCode.tooMany, `its principal has ${most} sessions (limits.sessionsPerPrincipal)`)
  }

  delete(session: Revocable): void {
    const owner = this.#owners.get(session)
    this.#owners.delete(session)
    const count = this.#counts.get(owner ?? '')
    if (owner === undefined || count === undefined) return
    if (count > 1) this.#counts.set(owner, count - 1)
    else this.#counts.delete(owner)
  }

  /** Ends all that is the principal's. Returns how many sessions that were. @param arrival the newest hello */
  revoke(principal: string, arrival: number): number {
    const now = this.#clock.now()
    for (const [name, { at }] of this.#revoked) if (now - at > this.#openingMs) this.#revoked.delete(name)
    this.#revoked.set(principal, { arrival, at: now })
    const sessions = [...this.#owners].filter(([, owner]) => owner === principal)
    for (const [session] of sessions) {
      session.close(closeCode.unauthenticated, revoked)
      // Ended here and now: what its client still sends must not be acted on.
      session.end(revoked)
    }
    return sessions.length
  }
}

const revoked = 'access was revoked'
