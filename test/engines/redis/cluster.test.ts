import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventLogSuite } from '@wirepact/eventlog/testing'
import { RedisLog } from '@wirepact/eventlog-redis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideRedis } from '../../setup/engines.mjs'
import { type Engine, freePort } from '../engine.ts'
import { present, startRedis } from '../servers.ts'
import { ask } from './ask.ts'
import { bytesOf, startReader, until } from './reader.ts'

describe.runIf(present('redis-server', await provideRedis()))('a cluster of three primaries', () => {
  const engines: Engine[] = []
  const urls = () => engines.map(({ port }) => `redis://127.0.0.1:${port}`)

  beforeAll(async () => {
    const buses: string[] = []
    for (let n = 0; n < 3; n++) {
      buses.push(String(await freePort()))
      engines.push(
        await startRedis(
          '--cluster-enabled',
          'yes',
          '--cluster-port',
          buses[n] as string,
          '--cluster-require-full-coverage',
          'no',
        ),
      )
    }
    const [first, ...others] = engines as [Engine, ...Engine[]]
    for (const [n, { port }] of others.entries()) {
      await ask(first, 'CLUSTER', 'MEET', '127.0.0.1', String(port), buses[n + 1] as string)
    }
    const share = Math.ceil(16_384 / engines.length)
    for (const [n, engine] of engines.entries()) {
      await ask(engine, 'CLUSTER', 'ADDSLOTSRANGE', String(n * share), String(Math.min(16_383, (n + 1) * share - 1)))
    }
    for (const engine of engines) {
      while (!String(await ask(engine, 'CLUSTER', 'INFO')).includes('cluster_state:ok')) await sleep(20)
      while (!String(await ask(engine, 'CLUSTER', 'INFO')).includes('cluster_size:3')) await sleep(20)
    }
  }, 30_000)
  afterAll(async () => {
    for (const engine of engines) await engine.close()
  })

  it('topics are all over it', async () => {
    await using log = new RedisLog({ url: urls() })
    await using other = new RedisLog({ url: urls().reverse() })
    const topics = Array.from({ length: 30 }, (_, n) => `topic ${n}`)
    const readers = await Promise.all(topics.map((topic) => startReader(other, topic)))
    await Promise.all(topics.map((topic, n) => log.append(topic, bytesOf(n))))
    await until('every reader has heard its record', () => readers.every(({ numbers }, n) => numbers[0] === n))
    expect((await other.heads(topics)).map(({ offset }) => offset)).toEqual(topics.map(() => 1))
    const keys = await Promise.all(engines.map((engine) => ask(engine, 'DBSIZE')))
    expect(keys.every((count) => Number(count) > 0)).toBe(true)
  })

  it('goes on where one of its primaries is gone, and has that one back', { timeout: 30_000 }, async () => {
    const options = { url: urls().slice(0, 2), prefix: 'part', compareMs: 500, report: () => {} }
    await using log = new RedisLog({ ...options, timeoutMs: 700 })
    const topics = Array.from({ length: 12 }, (_, n) => `topic ${n}`)
    const readers = await Promise.all(topics.map((topic) => startReader(log, topic)))
    await Promise.all(topics.map((topic) => log.append(topic, bytesOf(1))))
    await until('all were heard', () => readers.every(({ numbers }) => numbers.length === 1))
    const gone = engines[2] as Engine
    await gone.kill()
    const outcomes = await Promise.all(
      topics.map((topic) =>
        log.append(topic, bytesOf(2)).then(
          () => 'done',
          ({ code }: { code: string }) => code,
        ),
      ),
    )
    expect(new Set(outcomes)).toEqual(new Set(['done', 'unavailable']))
    await gone.start()
    const again = async (topic: string) => {
      for (let tries = 0; ; tries++) {
        const failure = await log.append(topic, bytesOf(3)).then(
          () => undefined,
          (error: unknown) => error,
        )
        if (failure === undefined) return
        if (tries === 15) throw failure
      }
    }
    await Promise.all(topics.map(again))
    await until('all were told', () => readers.every(({ numbers, gaps }) => numbers.at(-1) === 3 || gaps.length > 0))
    await Promise.all(topics.map((topic) => log.append(topic, bytesOf(4))))
    await until('all go on', () => readers.every(({ numbers }) => numbers.at(-1) === 4))
    for (const [n, outcome] of outcomes.entries()) {
      const { numbers, gaps } = readers[n] as (typeof readers)[number]
      const told = [numbers.filter((number) => number !== 3), gaps.map(({ reason }) => reason)]
      expect(told).toEqual(outcome === 'done' ? [[1, 2, 4], []] : [[1, 4], ['epoch']])
    }
  })

  eventLogSuite(
    { describe, it, expect },
    {
      name: 'redis cluster',
      shared: true,
      traces: 5,
      create: ({ recordsPerTopic }) => {
        const prefix = randomUUID()
        const open = () => new RedisLog({ url: urls(), prefix, recordsPerTopic })
        return { log: open(), pause: () => sleep(5), advance: (ms) => sleep(ms), secondNode: async () => open() }
      },
    },
  )
})
