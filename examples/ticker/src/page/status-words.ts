import type { Status } from '@wirepact/client'

/** The connection as a person would say it: a word for the corner, a headline, a sentence. */
export type Words = { short: string; headline: string; sentence: string }

/** `sinceMs`: how long the phase has lasted; `node`: who serves the page, or did. */
export function statusWords(status: Status, node: string | undefined, sinceMs: number): Words {
  const because = 'because' in status && status.because !== undefined ? ` Reason: ${status.because}.` : ''
  switch (status.phase) {
    case 'connecting':
      return { short: 'Connecting', headline: 'Connecting', sentence: `Waiting for a node to answer.${because}` }
    case 'connected':
      return {
        short: node === undefined ? 'Live' : `Live · ${node}`,
        headline: node === undefined ? 'Connected' : capital(node),
        sentence: `For ${duration(sinceMs)}.`,
      }
    case 'reconnecting': {
      const left = (status.retryInMs ?? 0) - sinceMs
      const next = left > 50 ? `Trying again in ${(left / 1000).toFixed(1)}\u00a0s` : 'Knocking at the next node'
      return { short: 'Reconnecting', headline: `Lost ${node ?? 'the node'}`, sentence: `${next}.${because}` }
    }
    case 'offline':
      return { short: 'Offline', headline: 'This device is offline', sentence: 'It connects again by itself.' }
    case 'closed':
      return { short: 'Closed', headline: 'The connection was closed', sentence: `Reload the page.${because}` }
  }
}

/** What came of an outage, by the numbers of the book. */
export type Recovery = {
  awayMs: number
  from: string
  to: string
  /** The number of the last change before it, and of the first one after it. */
  last: number
  next: number
}

export function recoveryWords({ awayMs, from, to, last, next }: Recovery): string {
  const moved = from === to ? `${to} again` : `${to} instead of ${from}`
  const count = (n: number) => n.toLocaleString('en')
  const missing = next - last - 1
  const proof =
    missing === 0
      ? `The book went on with change ${count(next)}, right after ${count(last)}: nothing is missing.`
      : `${count(missing)} changes are missing after ${count(last)}.`
  return `Back after ${(awayMs / 1000).toFixed(1)}\u00a0s, on ${moved}. ${proof}`
}

function duration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return seconds < 60 ? `${seconds}\u00a0s` : `${Math.floor(seconds / 60)}\u00a0min ${seconds % 60}\u00a0s`
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
