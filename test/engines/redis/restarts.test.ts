import { setTimeout as sleep } from 'node:timers/promises'
import { EventLogError } from '@wirepact/eventlog'
import { RedisLog, type RedisLogOptions, type RedisReport } from '@wirepact/eventlog-redis'
import { describe, expect, it } from 'vitest'
import { provideRedis, provideValkey } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startRedis, startValkey } from '../servers.ts'
import { ask } from './ask.ts'
import { allAfter, bytesOf, numberOf, startReader, until, upTo } from './reader.ts'

const durably = ['--appendonly', 'yes', '--appendfsync', 'always'] as const

function open(engine: Engine, options: Partial<RedisLogOptions> = {}): RedisLog {
  return new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, report: () => {}, compareMs: 500, ...options })
}

async function fill(log: RedisLog, topic: string, from: number, to: number): Promise<void> {
  await Promise.all(upTo(to, from).map((n) => log.append(topic, bytesOf(n))))
}

const valkey = present('valkey-server', await provideValkey())

describe.runIf(present('redis-server', await provideRedis()))('an engine that was killed', () => {
  it('with its file and `durable`: what it acknowledged is there, and nobody meets a gap', {
    timeout: 30_000,
  }, async () => {
    await using engine = await startRedis(...durably)
    await using log = open(engine, { durable: true })
    await using other = open(engine, { durable: true })
    const start = await log.head('a')
    const readers = [await startReader(log, 'a'), await startReader(other, 'a')]
    const history = await log.kv.history?.()
    const acknowledged: number[] = []
    let over = false
    const killing = (async () => {
      for (let kills = 0; kills < 3; kills++) {
        await sleep(100)
        await engine.kill()
        await engine.start()
      }
      over = true
    })()
    for (let n = 1; !over || n % 2 === 0; n++) {
      const failure = await (n % 2 ? log : other).append('a', bytesOf(n)).then(
        () => undefined,
        (error: unknown) => error,
      )
      if (failure === undefined) acknowledged.push(n)
      else expect(failure).toBeInstanceOf(EventLogError)
    }
    await killing
    expect(await other.kv.history?.()).toBe(history)
    const { records, gap } = await allAfter(log, 'a', start)
    const kept = records.map(({ data }) => numberOf(data))
    expect(gap).toBeUndefined()
    expect(acknowledged.filter((each) => !kept.includes(each))).toEqual([])
    expect(new Set(kept).size).toBe(kept.length)
    for (const reader of readers) {
      await until('the reader has come to the end', () => reader.numbers.length >= kept.length)
      expect([reader.numbers, reader.gaps]).toEqual([kept, []])
    }
  })

  it.each([
    [
      'keeps nothing',
      async (engine: Engine) => {
        await engine.kill()
        await engine.start()
      },
    ],
    [
      'was wiped while it ran',
      async (engine: Engine) => {
        await ask(engine, 'FLUSHALL')
      },
    ],
    [
      'has an older snapshot',
      async (engine: Engine) => {
        await engine.kill()
        await engine.start()
      },
    ],
  ])('that %s: everybody is told of a gap, and nobody carries on falsely', async (what, lose) => {
    await using engine = await startRedis()
    await using log = open(engine)
    await using other = open(engine)
    const topics = ['a', 'b', 'c']
    const first = await startReader(log, 'a')
    for (const topic of topics) await fill(log, topic, 1, 5)
    if (what === 'has an older snapshot') await ask(engine, 'SAVE')
    for (const topic of topics) await fill(log, topic, 6, 10)
    const readers = await Promise.all(topics.flatMap((topic) => [startReader(log, topic), startReader(other, topic)]))
    await until('the first reader has heard all', () => first.numbers.length === 10)
    // What a client would come back with.
    const position = await log.head('a')
    const history = await log.kv.history?.()
    expect(await other.kv.history?.()).toBe(history)
    const early = { ...position, offset: 3 }
    await lose(engine)
    await until('both are connected again', () => log.isReady && other.isReady)
    expect(await log.kv.history?.()).not.toBe(history)
    // The same offsets again, under another history, before anybody looked.
    for (const topic of topics) await fill(other, topic, 101, 110)
    await until('every reader was told', () => [first, ...readers].every(({ gaps }) => gaps.length > 0))
    for (const after of [position, early]) {
      for (const each of [log, other]) {
        const { gap, records } = await each.read('a', after, { maxRecords: 100, maxBytes: 1e6 })
        expect([gap?.reason, gap?.from, records]).toEqual(['epoch', after.offset, []])
      }
    }
    await fill(log, 'a', 111, 112)
    await until('they carry on', () =>
      [first, readers[0], readers[1]].every((reader) => reader?.numbers.at(-1) === 112),
    )
    for (const reader of [first, ...readers]) {
      expect(reader.gaps.map(({ reason }) => reason)).toEqual(['epoch'])
      // Nothing twice, and nothing between that was not told.
      const later = reader.numbers.filter((n) => n > 100)
      expect(later).toEqual(upTo(later.at(-1) ?? 100, later[0] ?? 101))
    }
    expect(first.numbers.filter((n) => n < 100)).toEqual(upTo(10))
  })

  it('with a promise that turns out to be false: nodes that saw more than it has begin a new epoch', async () => {
    await using engine = await startRedis(...durably)
    const reports: RedisReport[] = []
    await using log = open(engine, { durable: true, report: (report) => reports.push(report) })
    await using other = open(engine, { durable: true })
    await fill(log, 'a', 1, 5)
    // A backup, restored later.
    const backup = await ask(engine, 'DUMP', 'wirepact{t/a}')
    expect(backup).not.toBeNull()
    const reader = await startReader(log, 'a')
    await fill(log, 'a', 6, 10)
    await until('the reader has heard them', () => reader.numbers.length === 5)
    const position = await log.head('a')
    // As a file whose end was lost: the newest five are gone, and others come in their place.
    await ask(
      engine,
      'EVAL',
      "redis.call('HSET', KEYS[1], 'h', 5) redis.call('XTRIM', KEYS[2], 'MAXLEN', 0) redis.call('DEL', KEYS[2])",
      '2',
      'wirepact{t/a}',
      'wirepact{t/a}:r',
    )
    await engine.kill()
    await engine.start(...durably)
    await fill(other, 'a', 101, 110)
    await until('the reader was told', () => reader.gaps.length > 0)
    expect(reader.gaps.map(({ reason }) => reason)).toEqual(['epoch'])
    expect((await log.read('a', position, { maxRecords: 10, maxBytes: 1e6 })).gap?.reason).toBe('epoch')
    expect(reports.map(({ what }) => what)).toContain('engine-config')
  })

  it('and replaced by its replica: a gap, whatever was declared', { timeout: 30_000 }, async () => {
    await using primary = await startRedis(...durably, '--repl-diskless-sync-delay', '0')
    await using replica = await startRedis(...durably, '--replicaof', '127.0.0.1', String(primary.port))
    await using before = open(primary, { durable: true })
    await fill(before, 'a', 1, 5)
    const position = await before.head('a')
    await ask(primary, 'WAIT', '1', '5000')
    await primary.kill()
    await ask(replica, 'REPLICAOF', 'NO', 'ONE')
    await using after = open(replica, { durable: true })
    expect((await after.read('a', position, { maxRecords: 10, maxBytes: 1e6 })).gap?.reason).toBe('epoch')
  })

  it.runIf(valkey)('and is a Valkey: the same', async () => {
    for (const durable of [true, false]) {
      await using engine = await startValkey(...(durable ? durably : []))
      await using log = open(engine, { durable })
      const reader = await startReader(log, 'a')
      await fill(log, 'a', 1, 5)
      await until('the reader has heard them', () => reader.numbers.length === 5)
      const position = await log.head('a')
      await engine.kill()
      await engine.start()
      await fill(log, 'a', 6, 10)
      await until('the reader was told', () => (durable ? reader.numbers.length === 10 : reader.gaps.length === 1))
      const { gap, records } = await log.read('a', position, { maxRecords: 10, maxBytes: 1e6 })
      expect([gap?.reason, records.length]).toEqual(durable ? [undefined, 5] : ['epoch', 0])
    }
  })

  it('a replica is not written to, and not taken for the engine', { timeout: 30_000 }, async () => {
    await using primary = await startRedis('--repl-diskless-sync-delay', '0')
    await using replica = await startRedis('--replicaof', '127.0.0.1', String(primary.port))
    await using log = open(replica, { timeoutMs: 500 })
    const failure = await log.append('a', bytesOf(1)).catch((error: unknown) => error)
    expect(failure).toMatchObject({ name: 'EventLogError', code: 'unavailable' })
    expect(log.isReady).toBe(false)
    await ask(replica, 'REPLICAOF', 'NO', 'ONE')
    await until('it is ready once it is the primary', () => log.isReady)
    expect((await log.append('a', bytesOf(1))).offset).toBe(1)
  })
})
