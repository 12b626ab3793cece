import { setTimeout as sleep } from 'node:timers/promises'
import { RedisLog } from '@wirepact/eventlog-redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideRedis } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startRedis } from '../servers.ts'
import { ask } from './ask.ts'
import { Gate } from './gate.ts'
import { allAfter, bytesOf, numberOf, until, upTo } from './reader.ts'

describe.runIf(present('redis-server', await provideRedis()))('answers that are lost', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startRedis()
  })
  afterAll(() => engine.close())

  it('double nothing: 1,000 appends whose answers vanished are 1,000 records, in order', {
    timeout: 30_000,
  }, async () => {
    await using gate = await Gate.open(engine.port)
    await using log = new RedisLog({ url: `redis://127.0.0.1:${gate.port}`, prefix: 'lost', report: () => {} })
    const start = await log.head('a')
    const [rounds, atOnce] = [10, 100]
    let lost = 0
    for (let round = 0; round < rounds; round++) {
      gate.swallows = true
      const numbers = upTo((round + 1) * atOnce, round * atOnce + 1)
      const appends = numbers.map((n) => log.append('a', bytesOf(n), n % 3 === 0 ? { dedupeKey: `key ${n}` } : {}))
      // The engine has done them all, and its answers did not come.
      const records = async () => Number(await ask(engine, 'XLEN', 'lost{t/a}:r'))
      while ((await records()) < (round + 1) * atOnce) await sleep(10)
      lost += appends.length
      gate.cut()
      const positions = await Promise.all(appends)
      expect(positions.map(({ offset }) => offset)).toEqual(numbers)
    }
    const { records, gap } = await allAfter(log, 'a', start)
    expect([lost, gap]).toEqual([1_000, undefined])
    expect(records.map(({ data }) => numberOf(data))).toEqual(upTo(1_000))
  })

  it('a key is taken by whoever took it, though the answer was lost, and by nobody else', async () => {
    await using gate = await Gate.open(engine.port)
    await using log = new RedisLog({ url: `redis://127.0.0.1:${gate.port}`, prefix: 'kv', report: () => {} })
    await using other = new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, prefix: 'kv' })
    await log.head('a')
    gate.swallows = true
    const taken = log.kv.putIfAbsent('call', bytesOf(1), { ttlMs: 60_000 })
    while ((await other.kv.get('call')) === undefined) {}
    gate.cut()
    expect(await taken).toBeUndefined()
    expect(await other.kv.putIfAbsent('call', bytesOf(1), { ttlMs: 60_000 })).toEqual(new Uint8Array(bytesOf(1)))
  })

  it('a connection that is cut again and again loses no record to those who watch', { timeout: 30_000 }, async () => {
    await using gate = await Gate.open(engine.port)
    await using log = new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, prefix: 'cut' })
    await using watching = new RedisLog({ url: `redis://127.0.0.1:${gate.port}`, prefix: 'cut', report: () => {} })
    const heard: number[] = []
    const gaps: unknown[] = []
    await watching.watch('a', { record: ({ data }) => heard.push(numberOf(data)), gap: (gap) => gaps.push(gap) })
    for (let n = 1; n <= 600; n++) {
      await log.append('a', bytesOf(n))
      if (n % 60 === 0) gate.cut()
    }
    await until('all were heard', () => heard.length >= 600)
    expect([heard, gaps]).toEqual([upTo(600), []])
  })
})
