import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MemoryLog } from './memory-log.ts'
import { RECORD_OVERHEAD_BYTES } from './record-ring.ts'
import { WIDE } from './testing/harness.ts'

const BOUNDS = { recordsPerTopic: 6, bytesPerTopic: 2_000, ageMs: 50, totalBytes: 6_000, forgottenTopics: 1 }
const TOPICS = ['a', 'b', 'c', 'd']

interface Kept {
  readonly topic: string
  readonly bytes: number
  readonly at: number
}

/** The bounds as one would write them down: a flat list of records, filtered again after each step. */
function keep(all: readonly Kept[], now: number): Kept[] {
  let kept = all.filter(({ at }) => at + BOUNDS.ageMs > now)
  for (const topic of TOPICS) {
    const own = () => kept.filter((record) => record.topic === topic)
    const size = () => own().reduce((sum, { bytes }) => sum + bytes, 0)
    while (own().length > BOUNDS.recordsPerTopic || size() > BOUNDS.bytesPerTopic) {
      const oldest = own()[0]!
      kept = kept.filter((record) => record !== oldest)
    }
  }
  return kept
}

describe('whatever is appended, whenever', () => {
  it('every bound holds, and what is retained is what the naive list retains, or less by the oldest of all', () => {
    const step = fc.record({ topic: fc.constantFrom(...TOPICS), bytes: fc.nat(900), wait: fc.nat(20) })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        const clock = { now: 0 }
        const log = new MemoryLog({ now: () => clock.now, epoch: 'e', ...BOUNDS })
        let kept: Kept[] = []
        for (const { topic, bytes, wait } of steps) {
          clock.now += wait
          log.append(topic, new Uint8Array(bytes))
          kept = keep([...kept, { topic, bytes: bytes + RECORD_OVERHEAD_BYTES, at: clock.now }], clock.now)
          expect(log.bytes).toBeLessThanOrEqual(BOUNDS.totalBytes)
          kept = dropOldestUntilEqual(log, kept)
        }
      }),
    )
  })
})

/** What a topic of a one-letter name adds to the process-wide bytes. */
const TOPIC_BYTES = 514

function processBytes(kept: readonly Kept[]): number {
  const topics = new Set(kept.map(({ topic }) => topic)).size
  return kept.reduce((sum, { bytes }) => sum + bytes, topics * TOPIC_BYTES)
}

/** The process-wide bound may only have taken records older than all that stayed, and only if it was passed. */
function dropOldestUntilEqual(log: MemoryLog, kept: readonly Kept[]): Kept[] {
  const count = new Map(TOPICS.map((topic) => [topic, log.read(topic, { epoch: 'e', offset: 0 }, WIDE).records.length]))
  const left: Kept[] = []
  let youngestGone = Number.NEGATIVE_INFINITY
  for (const topic of TOPICS) {
    const own = kept.filter((record) => record.topic === topic)
    const gone = own.length - count.get(topic)!
    expect(gone).toBeGreaterThanOrEqual(0)
    for (const record of own.slice(0, gone)) youngestGone = Math.max(youngestGone, record.at)
    left.push(...own.slice(gone))
  }
  for (const { at } of left) expect(at).toBeGreaterThanOrEqual(youngestGone)
  if (processBytes(kept) <= BOUNDS.totalBytes) expect(left.length).toBe(kept.length)
  expect(log.bytes).toBe(processBytes(left))
  return left.sort((one, other) => one.at - other.at)
}
