import { EventLogError, MemoryLog } from '@wirepact/eventlog'
import { describe, expect, it } from 'vitest'
import { patientLog } from './patient-log.ts'
import { manualClock } from './testing/manual-clock.ts'

function setUp() {
  const clock = manualClock()
  const state = { failure: undefined as Error | undefined, over: false, asked: 0 }
  const inner = new MemoryLog({ now: () => 0, epoch: 'e' })
  const asked = <T>(answer: T): T => {
    state.asked++
    if (state.failure !== undefined) throw state.failure
    return answer
  }
  const log = patientLog(
    {
      caps: { durable: false, shared: true },
      kv: inner.kv,
      append: async (topic, data) => asked(inner.append(topic, data)),
      read: async (topic, after, limits) => asked(inner.read(topic, after, limits)),
      head: async (topic) => asked(inner.head(topic)),
      heads: async (topics) => asked(inner.heads(topics)),
      watch: async (topic, listener) => asked(inner.watch(topic, listener)),
      close: () => inner.close(),
    },
    clock,
    () => state.over,
  )
  const pass = async (ms: number) => {
    for (let n = 0; n < 5; n++) await Promise.resolve()
    clock.moveTo(clock.now() + ms)
    for (let n = 0; n < 5; n++) await Promise.resolve()
  }
  return { log, state, pass, clock }
}

const away = () => new EventLogError('unavailable', 'away')
const start = { epoch: 'e', offset: 0 }
const limits = { maxRecords: 1, maxBytes: 1 }

describe('a log whose engine is away', () => {
  it('is asked again until it is back, when somebody listens', async () => {
    const { log, state, pass } = setUp()
    state.failure = away()
    const outcomes: unknown[] = []
    void Promise.resolve(log.read('a', start, limits)).then(({ head }) => outcomes.push(head))
    void Promise.resolve(log.watch('a', { record: () => {}, gap: () => {} })).then(({ position }) =>
      outcomes.push(position),
    )
    await pass(10_000)
    expect([outcomes, state.asked > 2]).toEqual([[], true])
    state.failure = undefined
    await pass(1_000)
    expect(outcomes).toEqual([start, start])
  })

  it('fails at once for whoever publishes', async () => {
    const { log, state } = setUp()
    state.failure = away()
    await expect(log.append('a', new Uint8Array(1))).rejects.toMatchObject({ code: 'unavailable' })
    expect(state.asked).toBe(1)
  })

  it.each([
    ['it is closed', new EventLogError('closed', 'closed'), false],
    ['the arguments are wrong', new RangeError('wrong'), false],
    ['the server is closed meanwhile', away(), true],
  ])('is not asked again when %s', async (_what, failure, over) => {
    const { log, state, clock } = setUp()
    state.failure = failure
    state.over = over
    await expect(log.read('a', start, limits)).rejects.toBe(failure)
    expect([state.asked, clock.pending]).toEqual([1, 0])
  })
})
