import type { MethodEntry } from '@wirepact/contract'
import { EventLogError, type KeyValue, MemoryLog } from '@wirepact/eventlog'
import { Incidents, type Outcome, type Report } from '@wirepact/peer'
import { eventCodec } from '@wirepact/peer/json'
import { trustedLimits } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { KeyQuota } from './key-quota.ts'
import { KeyedRuns } from './keyed-runs.ts'

const entry = { name: 'pay' } as MethodEntry

/** Keyed runs on a store that fails as told. */
function setUp(broken: Partial<KeyValue> = {}, bytesPerPrincipal = 1_000_000) {
  const time = { now: 0 }
  const memory = new MemoryLog({ now: () => time.now, epoch: 'e' }).kv
  const kv: KeyValue = {
    get: (key) => memory.get(key),
    put: (key, value, options) => memory.put(key, value, options),
    putIfAbsent: (key, value, options) => memory.putIfAbsent(key, value, options),
    delete: (key) => memory.delete(key),
    ...broken,
  }
  const reports: Report[] = []
  const runs = new KeyedRuns({
    kv,
    caps: { durable: false, shared: false },
    clock: { now: () => time.now, schedule: () => () => {} },
    incidents: new Incidents('test', (report) => reports.push(report)),
    ttlMs: 1_000,
    bytesPerPrincipal,
    node: 'node',
    codec: eventCodec(trustedLimits),
    digest: async (bytes) => bytes.join(' '),
  })
  let count = 0
  const call = (input: unknown, outcome: Outcome = { output: 'paid' }, key = 'k', who = 'ann') =>
    runs.of(who).settle(entry, key, input, async () => {
      count++
      return outcome
    })
  return { runs, call, reports, time, ran: () => count }
}

const full = () => {
  throw new EventLogError('full', 'the key store is full')
}

describe('a key', () => {
  it('whose outcome could not be stored is answered once, and indeterminate from then on', async () => {
    const { call, ran, reports } = setUp({ put: full })
    expect(await call(1)).toEqual({ output: 'paid' })
    expect(await call(1)).toMatchObject({ failure: { code: 'indeterminate' } })
    expect(ran()).toBe(1)
    expect(reports.map(({ what }) => what)).toEqual(['key-failed'])
  })

  it('that cannot be claimed does not run, and may be tried again', async () => {
    const away = { is: true }
    const claims = new Map<string, Uint8Array>()
    const { call, ran } = setUp({
      putIfAbsent: (key, value) => {
        if (away.is) throw new EventLogError('unavailable', 'the engine is away')
        claims.set(key, value)
        return undefined
      },
    })
    expect(await call(1)).toMatchObject({ failure: { code: 'unavailable' } })
    away.is = false
    expect(await call(1)).toEqual({ output: 'paid' })
    expect([ran(), claims.size]).toEqual([1, 1])
  })

  it('whose output cannot travel fails in the same way for all who ask', async () => {
    const { call, ran } = setUp()
    const first = await call(1, { output: () => {} })
    expect(first).toMatchObject({ failure: { code: 'internal' } })
    expect(await call(1)).toEqual(first)
    expect(ran()).toBe(1)
  })

  it('used at once with two inputs runs one of them', async () => {
    const { call, ran, runs } = setUp()
    const outcomes = await Promise.all([call(1), call(2), call(1), call(2)])
    expect(outcomes.filter((outcome) => 'output' in outcome)).toHaveLength(2)
    expect(outcomes.filter((outcome) => 'failure' in outcome && outcome.failure.code === 'conflict')).toHaveLength(2)
    expect([ran(), runs.size]).toEqual([1, 0])
  })

  it('is remembered under a name that its store gives anew, one question for all who ask at once', async () => {
    let asked = 0
    let name = 'before'
    const { runs } = setUp({ history: async () => `${name} ${++asked}` })
    const [first, second] = await Promise.all([runs.memoryOf('ann'), runs.memoryOf('ann')])
    expect([first === second, asked]).toEqual([true, 1])
    name = 'after it lost what it had'
    expect(await runs.memoryOf('ann')).not.toBe(first)
    const without = setUp().runs
    expect(await without.memoryOf('ann')).toBe(await without.memoryOf('ann'))
    expect(await without.memoryOf('ann')).not.toBe(await without.memoryOf('bob'))
  })

  it('of whatever value is told from another', async () => {
    const { call } = setUp()
    await call({ a: 1, b: [{ c: 1n, d: undefined }] })
    expect(await call({ b: [{ d: undefined, c: 1n }], a: 1 })).toEqual({ output: 'paid' })
    expect(await call({ b: [{ d: undefined, c: 1 }], a: 1 })).toMatchObject({ failure: { code: 'conflict' } })
  })
})

describe('one principal', () => {
  it('has so much room for keys and no more, takes none of others, and gets it back in time', async () => {
    const { call, ran, time } = setUp({}, 10_000)
    const large = { output: 'x'.repeat(2_000) }
    const answers = []
    for (let n = 0; n < 8; n++) answers.push(await call(n, large, `key ${n}`))
    const refused = answers.filter((answer) => 'failure' in answer)
    expect(refused).toEqual(refused.map(() => ({ failure: expect.objectContaining({ code: 'resource-exhausted' }) })))
    expect([refused.length, ran()]).toEqual([4, 4])
    // What is remembered is still told, and another has all their room.
    expect(await call(0, large, 'key 0')).toEqual(large)
    expect(await call(7, large, 'key 7', 'bob')).toEqual(large)
    expect(ran()).toBe(5)
    time.now = 1_000
    expect(await call(7, large, 'key 7')).toEqual(large)
    expect(ran()).toBe(6)
  })

  it('leaves nothing behind', () => {
    let now = 0
    const quota = new KeyQuota({ now: () => now, schedule: () => () => {} }, 1_000)
    for (let n = 0; n < 5_000; n++) {
      now = n
      expect(quota.take(`p${n}`, 10)).toBe(true)
      quota.keep(`p${n}`, 20, 100)
      quota.give(`p${n}`, 10)
    }
    expect(quota.size).toBe(100)
    now = 10_000
    expect(quota.size).toBe(0)
  })
})
