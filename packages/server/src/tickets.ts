import { systemClock } from '@wirepact/peer/system'
import type { ConnectionRequest } from './request.ts'

export interface TicketOptions {
  /** How long a ticket is good for, in ms. @default 30,000 */
  readonly ttlMs?: number
  /** Tickets that may wait to be used; with more the oldest is void. @default 10,000 */
  readonly most?: number
  /** The query parameter that carries a ticket. @default 'ticket' */
  readonly parameter?: string
  /** In ms from any fixed point. @default the platform's clock */
  readonly now?: () => number
  /** A text that nobody can guess, fit for a URL. @default the platform's, of 256 bits */
  readonly random?: () => string
}

/** Tickets that let one connection in, once. */
export interface Tickets<Holder> {
  /** A new ticket for somebody who has shown who he is some other way, such as by a request with a cookie. */
  issue(holder: Holder): string
  /** Whose ticket the request's URL carries; undefined when it has none, or none that is still good. It is void then. */
  redeem(request: ConnectionRequest): Holder | undefined
}

/**
 * For those who must put something in a URL: browsers send no headers with a WebSocket, and URLs end up in logs. What is
 * logged here is worth nothing any more: a ticket is good once, and for half a minute. A client that comes back needs
 * another one: give `connect` a function that fetches it.
 */
export function createTickets<Holder>(options: TicketOptions = {}): Tickets<Holder> {
  return new TicketOffice(options)
}

class TicketOffice<Holder> implements Tickets<Holder> {
  readonly #options: Required<TicketOptions>
  readonly #open = new Map<string, { readonly holder: Holder; readonly until: number }>()

  constructor(options: TicketOptions) {
    this.#options = {
      ...{ ttlMs: 30_000, most: 10_000, parameter: 'ticket', now: () => systemClock.now(), random: randomText },
      ...options,
    }
  }

  issue(holder: Holder): string {
    const { most, now, random, ttlMs } = this.#options
    const ticket = random()
    this.#open.set(ticket, { holder, until: now() + ttlMs })
    for (const [oldest, { until }] of this.#open) {
      if (this.#open.size <= most && until > now()) break
      this.#open.delete(oldest)
    }
    return ticket
  }

  redeem({ url }: ConnectionRequest): Holder | undefined {
    const { now, parameter } = this.#options
    const query = url.indexOf('?')
    const ticket = query < 0 ? null : new URLSearchParams(url.slice(query)).get(parameter)
    const found = ticket === null ? undefined : this.#open.get(ticket)
    if (ticket === null || found === undefined) return undefined
    this.#open.delete(ticket)
    return found.until > now() ? found.holder : undefined
  }
}

function randomText(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
