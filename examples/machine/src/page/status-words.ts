import { count, duration, interval } from '../format.ts'

/** What the client says of its connection, as far as words need it. */
export type Phase = 'connecting' | 'connected' | 'reconnecting' | 'offline' | 'closed'

export type Situation = {
  phase: Phase
  attempt?: number | undefined
  /** When the next attempt is due, in this page's milliseconds since 1970. */
  retryAt?: number | undefined
  because?: string | undefined
  /** When the phase began, likewise. */
  since: number
  intervalMs: number | undefined
  /** When the last reading came, likewise; undefined before the first. */
  heardAt?: number | undefined
}

/** The connection's status as a person would say it: a word for the corner, a headline, a sentence. */
export type Words = { short: string; headline: string; sentence: string }

export function statusWords(situation: Situation, now: number): Words {
  const { phase, because, since, intervalMs } = situation
  const reason = because ? ` Reason: ${because}.` : ''
  switch (phase) {
    case 'connecting':
      if (because === undefined) {
        return { short: 'Connecting', headline: 'Connecting', sentence: 'Waiting for the machine to answer.' }
      }
      return { short: 'Connecting', headline: 'Not connected yet', sentence: `${nextTry(situation, now)}.${reason}` }
    case 'connected': {
      const silentMs = silence(situation, now)
      if (silentMs !== undefined) {
        const sentence = `Nothing has come for ${duration(silentMs)}. If it stays like that, the connection is made anew.`
        return { short: 'Silent', headline: 'Connected, but silent', sentence }
      }
      const pace = intervalMs === undefined ? '' : ` A reading arrives every ${interval(intervalMs)}.`
      return { short: 'Live', headline: 'Connected', sentence: `For ${duration(now - since)}.${pace}` }
    }
    case 'reconnecting':
      return { short: 'Reconnecting', headline: 'Connection lost', sentence: `${nextTry(situation, now)}.${reason}` }
    case 'offline':
      return {
        short: 'Offline',
        headline: 'This device is offline',
        sentence: 'It connects again by itself as soon as there is a network.',
      }
    case 'closed':
      return {
        short: 'Closed',
        headline: 'The connection was closed',
        sentence: `It will not come back by itself.${reason} Reload the page to try again.`,
      }
  }
}

/** How long nothing has come although more than two readings were due; undefined while it has. */
function silence({ since, heardAt, intervalMs }: Situation, now: number): number | undefined {
  if (heardAt === undefined || intervalMs === undefined) return undefined
  const silentMs = now - Math.max(since, heardAt)
  return silentMs > 2 * intervalMs + 1000 ? silentMs : undefined
}

function nextTry({ attempt, retryAt }: Situation, now: number): string {
  const left = retryAt === undefined ? 0 : retryAt - now
  const next = left > 50 ? `Trying again in ${(left / 1000).toFixed(1)}\u00a0s` : 'Knocking at the door'
  return attempt === undefined || attempt < 2 ? next : `${next} (attempt ${attempt})`
}

/** What came of an outage: how long it was, how much was brought back, and whether anything is missing. */
export type Recovery = { awayMs: number; replayed: number; missing: number }

export function recoveryWords({ awayMs, replayed, missing }: Recovery): string {
  const away = `Back after ${(awayMs / 1000).toFixed(1)}\u00a0s.`
  const brought =
    replayed === 0 ? 'Nothing was measured meanwhile' : `${count(replayed, 'reading', 'readings')} replayed`
  return `${away} ${brought}, ${missing === 0 ? 'none missing' : `${missing} missing`}.`
}
