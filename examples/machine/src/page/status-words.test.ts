import { expect, it } from 'vitest'
import { recoveryWords, statusWords } from './status-words.ts'

const plain = (text: string) => text.replaceAll('\u00a0', ' ')
const base = { since: 0, intervalMs: 1000 }

it.each([
  [{ ...base, phase: 'connecting' }, 'Waiting for the machine to answer.'],
  [{ ...base, phase: 'connected' }, 'For 5 s. A reading arrives every 1 s.'],
  [{ ...base, intervalMs: undefined, phase: 'connected' }, 'For 5 s.'],
  [{ ...base, heardAt: 3000, phase: 'connected' }, 'For 5 s. A reading arrives every 1 s.'],
  [
    { ...base, heardAt: 1000, phase: 'connected' },
    'Nothing has come for 4 s. If it stays like that, the connection is made anew.',
  ],
  // It has only just come back: what was silent before was another connection.
  [{ ...base, since: 3000, heardAt: 0, phase: 'connected' }, 'For 2 s. A reading arrives every 1 s.'],
  [{ ...base, phase: 'reconnecting', attempt: 1, retryAt: 5840 }, 'Trying again in 0.8 s.'],
  [
    { ...base, phase: 'reconnecting', attempt: 3, retryAt: 4000, because: 'the network is gone' },
    'Knocking at the door (attempt 3). Reason: the network is gone.',
  ],
  [{ ...base, phase: 'offline' }, 'It connects again by itself as soon as there is a network.'],
  [
    { ...base, phase: 'closed', because: 'the server said no' },
    'It will not come back by itself. Reason: the server said no. Reload the page to try again.',
  ],
] as const)('%o reads as “%s”', (situation, sentence) => {
  expect(plain(statusWords(situation, 5000).sentence)).toBe(sentence)
})

it.each([
  [{ awayMs: 4210, replayed: 24, missing: 0 }, 'Back after 4.2 s. 24 readings replayed, none missing.'],
  [{ awayMs: 900, replayed: 1, missing: 2 }, 'Back after 0.9 s. 1 reading replayed, 2 missing.'],
  [{ awayMs: 900, replayed: 0, missing: 0 }, 'Back after 0.9 s. Nothing was measured meanwhile, none missing.'],
])('%o reads as “%s”', (recovery, words) => {
  expect(plain(recoveryWords(recovery))).toBe(words)
})
