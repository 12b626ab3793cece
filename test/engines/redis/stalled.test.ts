import { setTimeout as sleep } from 'node:timers/promises'
import { EventLogError } from '@wirepact/eventlog'
import { RedisLog } from '@wirepact/eventlog-redis'
import { describe, expect, it } from 'vitest'
import { provideRedis } from '../../setup/engines.mjs'
import { freePort } from '../engine.ts'
import { present, startRedis } from '../servers.ts'
import { allAfter, bytesOf, numberOf, startReader, until } from './reader.ts'

const code = (error: unknown) => (error instanceof EventLogError ? error.code : error)

describe.runIf(present('redis-server', await provideRedis()))('an engine that stands still', () => {
  it('fails what is asked of it in time, holds what waits within bounds, and is caught up with', async () => {
    await using engine = await startRedis()
    await using other = new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, report: () => {} })
    await using log = new RedisLog({
      url: `redis://127.0.0.1:${engine.port}`,
      ...{ timeoutMs: 400, maxWaiting: 100, maxWaitingBytes: 50_000, report: () => {} },
    })
    const start = await log.head('a')
    const readers = [await startReader(log, 'a'), await startReader(other, 'a')]
    await log.append('a', bytesOf(1))
    engine.stop()
    const failures: unknown[] = []
    const asked: Promise<unknown>[] = []
    for (let n = 2; n <= 300; n++) {
      asked.push(log.append('a', bytesOf(n)).catch((error: unknown) => failures.push(code(error))))
      expect(log.load.requests).toBeLessThanOrEqual(100)
      if (n % 100 === 0) await Promise.all(asked)
    }
    const large = [1, 2, 3].map(() => log.append('b', new Uint8Array(30_000)).catch((error: unknown) => code(error)))
    expect(await large[2]).toBe('unavailable')
    expect(log.load.bytes).toBeLessThan(50_000)
    await Promise.all([...asked, ...large])
    expect(failures).toEqual(Array.from({ length: 299 }, () => 'unavailable'))
    expect(log.load).toMatchObject({ requests: 0, bytes: 0 })
    // Long enough for both to see that nothing comes any more.
    await until('it was noticed', () => !log.isReady && !other.isReady)
    const late = other.append('a', bytesOf(1_000))
    engine.resume()
    await late
    await until('both are caught up', () => readers.every(({ numbers }) => numbers.at(-1) === 1_000))
    // What failed may have been done, once.
    const { records } = await allAfter(other, 'a', start)
    const kept = records.map(({ data }) => numberOf(data))
    expect(new Set(kept).size).toBe(kept.length)
    for (const { numbers, gaps } of readers) expect([numbers, gaps]).toEqual([kept, []])
  })

  it('that is not there yet is waited for, and one that never comes is a typed failure', async () => {
    const port = await freePort()
    const reports: string[] = []
    await using log = new RedisLog({
      url: `redis://127.0.0.1:${port}`,
      ...{ timeoutMs: 300, report: ({ what }) => reports.push(what) },
    })
    const asks: Promise<unknown>[] = [
      log.append('a', bytesOf(1)),
      log.head('a'),
      log.watch('a', { record: () => {}, gap: () => {} }),
      Promise.resolve(log.kv.get('k')),
    ]
    const codes = await Promise.all(asks.map((asked) => asked.then(String, code)))
    expect(codes).toEqual(asks.map(() => 'unavailable'))
    await sleep(100)
    // Told once, however often it was tried.
    expect([reports, log.isReady]).toEqual([['engine-lost'], false])
  })

  it('closing the log ends what waits', async () => {
    const log = new RedisLog({ url: `redis://127.0.0.1:${await freePort()}`, report: () => {} })
    const waiting = log.append('a', bytesOf(1)).catch(code)
    await log.close()
    expect(await waiting).toBe('closed')
  })
})
