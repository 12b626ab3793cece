import { RedisLog } from '@wirepact/eventlog-redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideRedis } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startRedis } from '../servers.ts'
import { ask } from './ask.ts'
import { Gate } from './gate.ts'
import { bytesOf, until } from './reader.ts'

describe.runIf(present('redis-server', await provideRedis()))('many topics, and many who watch', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startRedis()
  })
  afterAll(() => engine.close())

  /** Connections of logs: without the one that asks. */
  async function connections(): Promise<number> {
    const list = String(await ask(engine, 'CLIENT', 'LIST'))
    return list.split('\n').filter((line) => line.includes('name=wirepact')).length
  }

  async function runs(): Promise<number> {
    const stats = String(await ask(engine, 'INFO', 'commandstats'))
    return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0)
  }

  /** So many at once that all of them may wait. */
  async function appendAll(log: RedisLog, topics: readonly string[], n: number): Promise<void> {
    for (let from = 0; from < topics.length; from += 5_000) {
      await Promise.all(topics.slice(from, from + 5_000).map((topic) => log.append(topic, bytesOf(n))))
    }
  }

  it('10,000 topics with a watcher each: two connections, and every one hears its record', {
    timeout: 60_000,
  }, async () => {
    await using gate = await Gate.open(engine.port)
    await using log = new RedisLog({
      url: `redis://127.0.0.1:${gate.port}`,

      timeoutMs: 30_000,
      report: () => {},
    })
    const topics = Array.from({ length: 10_000 }, (_, n) => `topic ${n}`)
    const heard = new Map<string, number>()
    await Promise.all(
      topics.map((topic) =>
        log.watch(topic, {
          record: () => heard.set(topic, (heard.get(topic) ?? 0) + 1),
          gap: () => heard.set(topic, -1),
        }),
      ),
    )
    expect([log.load.watched, await connections()]).toEqual([10_000, 2])
    await appendAll(log, topics, 1)
    await until('all have heard one', () => heard.size === 10_000)
    // All of them are there again, and compared, after the connection broke.
    gate.cut()
    await appendAll(log, topics, 2)
    await until('all have heard both', () => topics.every((topic) => heard.get(topic) === 2), 30_000)
    expect(await connections()).toBe(2)
    await log.close()
    await until('the connections are gone', () => gate.connections === 0)
  })

  it('a topic with 10,000 watchers: subscribed to once, and read once for all when something was missed', async () => {
    await using gate = await Gate.open(engine.port)
    await using log = new RedisLog({ url: `redis://127.0.0.1:${gate.port}`, compareMs: 1e9, report: () => {} })
    await using other = new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, compareMs: 1e9 })
    let heard = 0
    const watches = await Promise.all(
      Array.from({ length: 10_000 }, () => log.watch('one', { record: () => heard++, gap: () => {} })),
    )
    expect(await ask(engine, 'PUBSUB', 'NUMSUB', 'wirepact{t/one}:l')).toEqual(['wirepact{t/one}:l', 1])
    await other.append('one', bytesOf(1))
    await until('all have heard it', () => heard === 10_000)
    const before = await runs()
    gate.swallows = true
    for (let n = 2; n <= 4; n++) await other.append('one', bytesOf(n))
    gate.cut()
    await until('all have heard what they missed', () => heard === 40_000)
    // Three appends, one look where the topic stands, one read.
    expect((await runs()) - before).toBe(5)
    for (const watch of watches) watch.close()
    expect(log.load.watched).toBe(0)
    await other.append('one', bytesOf(5))
    const left = async () => String(await ask(engine, 'PUBSUB', 'NUMSUB', 'wirepact{t/one}:l'))
    while ((await left()) !== 'wirepact{t/one}:l,0') {}
    expect(heard).toBe(40_000)
  })

  it('watching and leaving again and again: whoever watches hears all from where it began', async () => {
    await using log = new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, prefix: 'churn', compareMs: 1e9 })
    await using other = new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, prefix: 'churn' })
    let over = false
    const writing = (async () => {
      for (let n = 1; !over; n++) await other.append(`t${n % 3}`, bytesOf(n))
    })()
    const wrong: string[] = []
    const lives = Array.from({ length: 40 }, async (_, n) => {
      for (let round = 0; round < 25; round++) {
        let next = 0
        const watch = await log.watch(`t${n % 3}`, {
          record: ({ offset }) => {
            if (next !== 0 && offset !== next) wrong.push(`${offset} instead of ${next}`)
            next = offset + 1
          },
          gap: () => wrong.push('a gap'),
        })
        next = next === 0 ? watch.position.offset + 1 : next
        const first = next
        await until('it heard something', () => next >= first + (round % 3))
        watch.close()
      }
    })
    await Promise.all(lives)
    over = true
    await writing
    expect([wrong, log.load.watched]).toEqual([[], 0])
  })
})
