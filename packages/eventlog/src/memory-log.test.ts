import { describe, expect, it } from 'vitest'
import { MemoryLog, type MemoryLogOptions } from './memory-log.ts'
import type { LogRecord, Position } from './position.ts'
import { RECORD_OVERHEAD_BYTES } from './record-ring.ts'
import { appendRange, bytesOf, numbersOf, WIDE } from './testing/harness.ts'
import { eventLogSuite } from './testing.ts'

const KIB = 1024

function setup(options: Partial<MemoryLogOptions> = {}): { log: MemoryLog; clock: { now: number } } {
  const clock = { now: 1_000 }
  return { clock, log: new MemoryLog({ now: () => clock.now, epoch: 'e1', ...options }) }
}

function retained(log: MemoryLog, topic: string): number[] {
  return numbersOf(log.read(topic, { epoch: 'e1', offset: 0 }, WIDE).records)
}

eventLogSuite(
  { describe, it, expect },
  {
    name: 'memory',
    traces: 300,
    create: ({ recordsPerTopic }) => {
      const { log, clock } = setup({ recordsPerTopic })
      return {
        log,
        pause: () => Promise.resolve(),
        advance: async (ms) => {
          clock.now += ms
        },
      }
    },
  },
)

describe('the in-memory log answers at once', () => {
  it('append, read, head and watch give values, not promises', () => {
    const { log } = setup()
    const seen: LogRecord[] = []
    const watch = log.watch('a', { record: (record) => seen.push(record), gap: () => {} })
    const position: Position = log.append('a', bytesOf(1))
    expect(position).toEqual({ epoch: 'e1', offset: 1 })
    expect(seen).toEqual([{ offset: 1, data: bytesOf(1) }])
    expect(log.read('a', watch.position, WIDE).records).toEqual(seen)
    expect(log.head('a')).toEqual(position)
  })
})

describe('records with a mark', () => {
  it('come with it, to watchers and readers, and others come without', () => {
    const { log } = setup({ recordsPerTopic: 100 })
    const seen: LogRecord[] = []
    log.watch('a', { record: (record) => seen.push(record), gap: () => {} })
    const [one, other] = [{}, {}]
    const bytes = Uint8Array.of(0, 1, 2, 3)
    for (let round = 0; round < 20; round++) {
      log.append('a', bytesOf(round))
      log.appendMarked('a', bytes, 1, 3, round < 10 ? one : other)
      // The bytes were only borrowed.
      bytes[1] = round
    }
    expect(log.head('a').offset).toBe(40)
    expect(seen.filter(({ mark }) => mark === one).map(({ offset }) => offset)).toEqual(
      Array.from({ length: 10 }, (_, nth) => 2 * nth + 2),
    )
    expect(seen[1]).toEqual({ offset: 2, data: Uint8Array.of(1, 2), mark: one })
    expect(seen[39]).toEqual({ offset: 40, data: Uint8Array.of(18, 2), mark: other })
    expect(log.read('a', { epoch: 'e1', offset: 0 }, WIDE).records).toEqual(seen)
  })
})

describe('bounds of a topic', () => {
  it('keeps exactly recordsPerTopic records', async () => {
    const { log } = setup({ recordsPerTopic: 3 })
    await appendRange(log, 'a', 1, 3)
    expect(retained(log, 'a')).toEqual([1, 2, 3])
    await appendRange(log, 'a', 4, 4)
    expect(retained(log, 'a')).toEqual([2, 3, 4])
  })

  it('keeps exactly bytesPerTopic bytes, each record counted with its overhead', () => {
    const { log } = setup({ bytesPerTopic: 2 * (KIB + RECORD_OVERHEAD_BYTES) })
    for (let n = 0; n < 2; n++) log.append('a', new Uint8Array(KIB))
    expect(log.read('a', { epoch: 'e1', offset: 0 }, WIDE).records.length).toBe(2)
    log.append('a', new Uint8Array(1))
    const { records, gap } = log.read('a', { epoch: 'e1', offset: 0 }, WIDE)
    expect(records.map(({ data }) => data.byteLength)).toEqual([KIB, 1])
    expect(gap).toEqual({ reason: 'trimmed', from: 0, to: 1 })
  })

  it('a record larger than bytesPerTopic is delivered to those who watch and retained for nobody', () => {
    const { log } = setup({ bytesPerTopic: KIB })
    const sizes: number[] = []
    log.append('a', bytesOf(1))
    log.watch('a', { record: ({ data }) => sizes.push(data.byteLength), gap: () => {} })
    log.append('a', new Uint8Array(KIB))
    expect(sizes).toEqual([KIB])
    const gap = { reason: 'trimmed', from: 1, to: 2 }
    const head = { epoch: 'e1', offset: 2 }
    expect(log.read('a', { epoch: 'e1', offset: 1 }, WIDE)).toEqual({ records: [], position: head, head, gap })
  })

  it('a record goes when it is ageMs old, not a millisecond before', () => {
    const { log, clock } = setup({ ageMs: 100 })
    log.append('a', bytesOf(1))
    clock.now += 60
    log.append('a', bytesOf(2))
    clock.now += 39
    expect(retained(log, 'a')).toEqual([1, 2])
    clock.now += 1
    expect(retained(log, 'a')).toEqual([2])
    clock.now += 60
    expect(log.read('a', { epoch: 'e1', offset: 1 }, WIDE).gap).toEqual({ reason: 'trimmed', from: 1, to: 2 })
  })

  it('any append makes the old records of all topics go, and so does sweep', async () => {
    const { log, clock } = setup({ ageMs: 100 })
    await appendRange(log, 'a', 1, 50)
    await appendRange(log, 'b', 1, 50)
    clock.now += 100
    log.append('c', bytesOf(1))
    expect(log.topicCount).toEqual({ inUse: 1, forgotten: 2 })
    clock.now += 100
    log.sweep()
    expect(log.bytes).toBe(0)
    expect(log.topicCount).toEqual({ inUse: 0, forgotten: 3 })
  })

  it('a clock that is set back neither keeps records longer nor drops them sooner', () => {
    const { log, clock } = setup({ ageMs: 100 })
    clock.now = 5_000
    log.append('a', bytesOf(1))
    clock.now = 10
    log.append('a', bytesOf(2))
    expect(retained(log, 'a')).toEqual([1, 2])
    clock.now = 5_100
    expect(retained(log, 'a')).toEqual([])
  })

  it('the defaults are 10,000 records and five minutes', () => {
    const { log, clock } = setup()
    for (let n = 1; n <= 10_001; n++) log.append('a', bytesOf(n))
    expect(retained(log, 'a').length).toBe(10_000)
    clock.now += 5 * 60_000 - 1
    expect(retained(log, 'a').length).toBe(10_000)
    clock.now += 1
    expect(retained(log, 'a').length).toBe(0)
  })

  it.each(['bytesPerTopic', 'recordsPerTopic', 'ageMs', 'totalBytes', 'keyBytes', 'dedupeMs', 'dedupeKeys'] as const)(
    'refuses a %s that is not a number of at least 1, by name',
    (name) => {
      for (const value of [0, -1, Number.NaN]) expect(() => setup({ [name]: value })).toThrow(name)
    },
  )
})

describe('bytes of the whole process', () => {
  const big = KIB - RECORD_OVERHEAD_BYTES

  it('the oldest record of all topics goes first, whichever topic it is in', () => {
    const { log, clock } = setup({ totalBytes: 5 * KIB })
    for (const topic of ['a', 'b', 'a', 'b', 'a', 'b']) {
      clock.now += 1
      log.append(topic, new Uint8Array(big))
    }
    const at = (topic: string) => log.read(topic, { epoch: 'e1', offset: 0 }, WIDE).records.map(({ offset }) => offset)
    // Two topics of about half a KiB each leave room for three of the six records: the last three.
    expect([at('a'), at('b')]).toEqual([[3], [2, 3]])
  })

  it('a busy topic does not live at the cost of a bound, and a quiet one is told what it lost', () => {
    const { log, clock } = setup({ totalBytes: 64 * KIB })
    log.append('quiet', new Uint8Array(big))
    for (let n = 0; n < 200; n++) {
      clock.now += 1
      log.append('busy', new Uint8Array(big))
      expect(log.bytes).toBeLessThanOrEqual(64 * KIB)
    }
    expect(log.read('quiet', { epoch: 'e1', offset: 0 }, WIDE).gap).toEqual({ reason: 'trimmed', from: 0, to: 1 })
  })
})

describe('topics that fall silent', () => {
  it('are forgotten with their last record, and go on with their offsets', () => {
    const { log, clock } = setup({ ageMs: 100 })
    log.append('a', bytesOf(1))
    const head = log.append('a', bytesOf(2))
    clock.now += 100
    log.sweep()
    expect(log.topicCount).toEqual({ inUse: 0, forgotten: 1 })
    expect(log.read('a', head, WIDE)).toEqual({ records: [], position: head, head })
    expect(log.append('a', bytesOf(3))).toEqual({ epoch: 'e1', offset: 3 })
    expect(numbersOf(log.read('a', head, WIDE).records)).toEqual([3])
    expect(log.read('a', { epoch: 'e1', offset: 1 }, WIDE).gap).toEqual({ reason: 'trimmed', from: 1, to: 2 })
  })

  it('are kept while they are watched: what is appended next follows the position of the watch', () => {
    const { log, clock } = setup({ ageMs: 100, forgottenTopics: 1 })
    log.append('a', bytesOf(1))
    const offsets: number[] = []
    const watch = log.watch('a', { record: ({ offset }) => offsets.push(offset), gap: () => {} })
    clock.now += 100
    log.sweep()
    expect(log.topicCount).toEqual({ inUse: 1, forgotten: 0 })
    log.append('a', bytesOf(2))
    expect(offsets).toEqual([2])
    watch.close()
    clock.now += 100
    log.sweep()
    expect(log.topicCount).toEqual({ inUse: 0, forgotten: 1 })
  })

  it('a topic that was only looked at leaves nothing behind', () => {
    const { log } = setup()
    for (let n = 0; n < 100; n++) {
      log.head(`topic-${n}`)
      log.read(`topic-${n}`, { epoch: 'e1', offset: 0 }, WIDE)
      log.watch(`topic-${n}`, { record: () => {}, gap: () => {} }).close()
    }
    expect(log.topicCount).toEqual({ inUse: 0, forgotten: 0 })
  })

  it('past the memory for forgotten topics, an old position meets a gap and never other records', () => {
    const { log, clock } = setup({ ageMs: 100, forgottenTopics: 2 })
    const old = [1, 2, 3].map((n) => log.append('a', bytesOf(n)))
    for (const topic of ['b', 'c', 'd']) {
      clock.now += 100
      for (let n = 0; n < 5; n++) log.append(topic, bytesOf(9))
    }
    clock.now += 100
    log.sweep()
    expect(log.topicCount).toEqual({ inUse: 0, forgotten: 2 })
    const again = log.append('a', bytesOf(4))
    expect(again.offset).toBeGreaterThan(3)
    for (const position of old) {
      const { gap, records } = log.read('a', position, WIDE)
      expect(gap).toEqual({ reason: 'trimmed', from: position.offset, to: again.offset - 1 })
      expect(numbersOf(records)).toEqual([4])
    }
  })
})

describe('listeners that throw', () => {
  it('do not fail the append, nor keep the record from the others', () => {
    const errors: unknown[] = []
    const { log } = setup({ onListenerError: (error) => errors.push(error) })
    const seen: number[] = []
    const boom = new Error('boom')
    log.watch('a', {
      record: () => {
        throw boom
      },
      gap: () => {},
    })
    log.watch('a', { record: ({ offset }) => seen.push(offset), gap: () => {} })
    expect(log.append('a', bytesOf(1)).offset).toBe(1)
    expect(seen).toEqual([1])
    expect(errors).toEqual([boom])
  })
})

describe('dedupe keys', () => {
  it('are remembered for dedupeMs', () => {
    const { log, clock } = setup({ dedupeMs: 100 })
    const first = log.append('a', bytesOf(1), { dedupeKey: 'k' })
    clock.now += 99
    expect(log.append('a', bytesOf(1), { dedupeKey: 'k' })).toEqual(first)
    clock.now += 1
    expect(log.append('a', bytesOf(1), { dedupeKey: 'k' }).offset).toBe(2)
  })

  it('are bounded in number, the oldest is lost first', () => {
    const { log } = setup({ dedupeKeys: 2 })
    for (const dedupeKey of ['k1', 'k2', 'k3']) log.append('a', bytesOf(1), { dedupeKey })
    expect(log.append('a', bytesOf(1), { dedupeKey: 'k3' }).offset).toBe(3)
    expect(log.append('a', bytesOf(1), { dedupeKey: 'k1' }).offset).toBe(4)
  })
})
