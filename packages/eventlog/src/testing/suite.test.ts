import { describe, expect, it } from 'vitest'
import type { EventLog, LogListener, ReadResult } from '../event-log.ts'
import type { KeyValue } from '../key-value.ts'
import { MemoryLog } from '../memory-log.ts'
import { eventLogSuite } from '../testing.ts'

/** Runs the whole suite on a log that has one fault, and answers the names of the tests that noticed. */
async function failuresOf(spoil: (log: MemoryLog) => Partial<EventLog>): Promise<string[]> {
  const tests: { name: string; body: () => Promise<void> }[] = []
  const tools = {
    describe: (_name: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => tests.push({ name, body }),
    expect,
  }
  const clock = { now: 0 }
  eventLogSuite(tools, {
    name: 'spoilt',
    traces: 5,
    create: ({ recordsPerTopic }) => {
      const log = new MemoryLog({ now: () => clock.now, epoch: 'e', recordsPerTopic })
      const sound: EventLog = {
        caps: log.caps,
        kv: log.kv,
        append: (...args) => log.append(...args),
        read: (...args) => log.read(...args),
        head: (topic) => log.head(topic),
        heads: (topics) => log.heads(topics),
        watch: (topic, listener) => log.watch(topic, listener),
        close: () => log.close(),
      }
      const advance = async (ms: number) => {
        clock.now += ms
      }
      return { log: { ...sound, ...spoil(log) }, pause: async () => {}, advance }
    },
  })
  const failed: string[] = []
  for (const { name, body } of tests) await body().catch(() => failed.push(name))
  return failed
}

function withoutGap({ records, position, head }: ReadResult): ReadResult {
  return { records, position, head }
}

function deaf(listener: LogListener, everyOther: { delivered: number }): LogListener {
  return {
    gap: (...args) => listener.gap(...args),
    record: (record) => {
      if (everyOther.delivered++ % 2 === 0) listener.record(record)
    },
  }
}

function forgetful(kv: KeyValue): KeyValue {
  return {
    get: () => undefined,
    put: (...args) => kv.put(...args),
    putIfAbsent: (...args) => kv.putIfAbsent(...args),
    delete: (key) => kv.delete(key),
  }
}

describe('the shared suite', () => {
  it('finds nothing wrong with a sound log', async () => {
    expect(await failuresOf(() => ({}))).toEqual([])
  })

  it.each<[string, (log: MemoryLog) => Partial<EventLog>]>([
    ['hides its gaps', (log) => ({ read: (...args) => withoutGap(log.read(...args)) })],
    [
      'loses live records',
      (log) => ({ watch: (topic, listener) => log.watch(topic, deaf(listener, { delivered: 0 })) }),
    ],
    [
      'delivers live records twice',
      (log) => ({
        watch: (topic, { record, gap }) =>
          log.watch(topic, {
            gap,
            record: (next) => {
              record(next)
              record(next)
            },
          }),
      }),
    ],
    [
      'reads from one record too late',
      (log) => ({ read: (t, at, l) => log.read(t, { ...at, offset: at.offset + 1 }, l) }),
    ],
    ['ignores maxRecords', (log) => ({ read: (t, at, l) => log.read(t, at, { ...l, maxRecords: 1_000 }) })],
    ['ignores dedupe keys', (log) => ({ append: (topic, data) => log.append(topic, data) })],
    ['forgets what was put', (log) => ({ kv: forgetful(log.kv) })],
    ['stays open', () => ({ close: () => {} })],
  ])('notices a log that %s', async (_fault, spoil) => {
    expect((await failuresOf(spoil)).length).toBeGreaterThan(0)
  })
})
