import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EventLogError, type Position } from '@wirepact/eventlog'
import { RedisLog, type RedisLogOptions, type RedisReport } from '@wirepact/eventlog-redis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { findProgram } from '../../setup/debian.mjs'
import { provideRedis } from '../../setup/engines.mjs'
import { run } from '../../setup/workspace.mjs'
import { type Engine, freePort } from '../engine.ts'
import { present, startRedis } from '../servers.ts'
import { ask } from './ask.ts'
import { bytesOf, startReader, until } from './reader.ts'

function open(engine: Engine, options: Partial<RedisLogOptions> = {}) {
  const reports: RedisReport[] = []
  const report = (each: RedisReport) => reports.push(each)
  return { reports, log: new RedisLog({ url: `redis://127.0.0.1:${engine.port}`, report, ...options }) }
}

const codeOf = (error: unknown) => (error instanceof EventLogError ? error.code : error)

describe.runIf(present('redis-server', await provideRedis()))('how an engine is set up', () => {
  it('credentials come in the URL or as options, and wrong ones are a typed failure', async () => {
    await using engine = await startRedis('--user', 'default', 'on', 'nopass', '+@all', '~*', '&*')
    const rules = ['on', '>secret%20', '~wirepact*', '&wirepact*', '-@all']
    // What README.md says that a user needs.
    const commands =
      'hello ping info config|get script|load evalsha eval get set del hget hmget hset xadd xlen xrange xtrim pexpire pttl ' +
      'time subscribe unsubscribe publish'
    await ask(engine, 'ACL', 'SETUSER', 'log', ...rules, ...commands.split(' ').map((name) => `+${name}`))
    const { port } = engine
    for (const options of [
      { url: `redis://log:secret%2520@127.0.0.1:${port}` },
      { url: `redis://127.0.0.1:${port}`, username: 'log', password: 'secret%20' },
    ]) {
      const { log, reports } = open(engine, options)
      const reader = await startReader(log, 'a')
      await log.append('a', bytesOf(1), { dedupeKey: 'k' })
      await log.kv.put('k', bytesOf(1), { ttlMs: 1_000 })
      await log.kv.delete('k')
      expect((await log.read('a', reader.watch.position, { maxRecords: 9, maxBytes: 99 })).records.length).toBe(1)
      await until('it was heard', () => reader.numbers.length === 1)
      reader.watch.close()
      expect(reports).toEqual([])
      await log.close()
      await ask(engine, 'FLUSHALL')
    }
    const { log, reports } = open(engine, { password: 'wrong', username: 'log', timeoutMs: 300 })
    expect(await log.head('a').catch(codeOf)).toBe('unavailable')
    expect(String(reports[0]?.error)).toContain('WRONGPASS')
    await log.close()
  })

  it.runIf(findProgram(['openssl']) !== undefined)('TLS, with a certificate that is trusted by name', async () => {
    const folder = await certificate()
    const tlsPort = await freePort()
    const files = ['--tls-cert-file', join(folder, 'cert.pem'), '--tls-key-file', join(folder, 'key.pem')]
    await using _engine = await startRedis('--tls-port', String(tlsPort), ...files, '--tls-auth-clients', 'no')
    const url = `rediss://localhost:${tlsPort}`
    await using log = new RedisLog({
      url,
      tls: { ca: readFileSync(join(folder, 'cert.pem'), 'utf8') },
      report: () => {},
    })
    expect((await log.append('a', bytesOf(1))).offset).toBe(1)
    await using wary = new RedisLog({ url, timeoutMs: 300, report: () => {} })
    expect(await wary.head('a').catch(codeOf)).toBe('unavailable')
  })

  it('what does not fit to what was declared is reported, once for each connection', async () => {
    await using everySecond = await startRedis(
      '--appendonly',
      'yes',
      '--maxmemory',
      '100mb',
      '--maxmemory-policy',
      'allkeys-lru',
    )
    const { log, reports } = open(everySecond, { durable: true })
    expect(log.caps).toEqual({ durable: true, shared: true })
    await until('it was looked at', () => reports.length === 2)
    expect(reports.map(({ what }) => what)).toEqual(['engine-config', 'engine-config'])
    expect(reports.map(({ message }) => message).join()).toMatch(
      /maxmemory-policy is allkeys-lru.*appendfsync is everysec/s,
    )
    // It is not taken at its owner's word.
    const { epoch } = await log.append('a', bytesOf(1))
    await everySecond.kill()
    await everySecond.start()
    expect((await log.head('a')).epoch).not.toBe(epoch)
    await log.close()
    await using sound = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    const other = open(sound, { durable: true })
    const before = await other.log.append('a', bytesOf(1))
    await sound.kill()
    await sound.start()
    expect((await other.log.append('a', bytesOf(2))).epoch).toBe(before.epoch)
    expect(other.reports.filter(({ what }) => what === 'engine-config')).toEqual([])
    await other.log.close()
  })

  it('an engine that is full says so, and keeps what it has', async () => {
    await using engine = await startRedis('--maxmemory', '4mb', '--maxmemory-policy', 'noeviction')
    const { log } = open(engine, { bytesPerTopic: 1e9 })
    await log.kv.put('first', bytesOf(1), { ttlMs: 60_000 })
    const failures: unknown[] = []
    for (let n = 0; n < 60 && failures.length === 0; n++) {
      await log.append('a', new Uint8Array(100_000)).catch((error: unknown) => failures.push(codeOf(error)))
    }
    expect(failures).toEqual(['full'])
    // The request that did not fit was large itself: smaller ones may, for a while.
    for (let n = 0; n < 200 && failures.length === 1; n++) {
      const put = Promise.resolve(log.kv.put(`more ${n}`, new Uint8Array(20_000), { ttlMs: 60_000 }))
      await put.catch((error: unknown) => failures.push(codeOf(error)))
    }
    expect(failures).toEqual(['full', 'full'])
    expect(await log.kv.get('first')).toEqual(new Uint8Array(bytesOf(1)))
    await log.close()
  })

  it('what somebody else put under our keys, or published, is a typed failure and ends nothing', async () => {
    await using engine = await startRedis()
    const { log, reports } = open(engine, { compareMs: 100 })
    const reader = await startReader(log, 'a')
    await log.append('a', bytesOf(1))
    for (const junk of [
      '',
      'x',
      `${'e'.repeat(200)} 1 1\n`,
      'epoch -1 1\nx',
      'epoch 1e9 1\nx',
      'other 7 1\nx',
      'epoch 9007199254740993 1\n',
    ]) {
      await ask(engine, 'PUBLISH', 'wirepact{t/a}:l', junk)
    }
    await ask(engine, 'SET', 'wirepact{t/b}', 'text')
    await ask(engine, 'XADD', 'wirepact{t/c}:r', '77-1', 'd', 'x')
    await ask(engine, 'SET', 'wirepact{k}short', 'x')
    await ask(engine, 'HSET', 'wirepact{t/d}', 'e', 'with space', 'h', '3', 'r', 'x')
    await ask(engine, 'HSET', 'wirepact{t/e}', 'e', 'e1', 'h', 'many', 'i', 'none', 'c', 'c'.repeat(2_000))
    expect(await log.head('b').catch(codeOf)).toBe('unavailable')
    expect(await log.append('b', bytesOf(1)).catch(codeOf)).toBe('unavailable')
    expect(await Promise.resolve(log.kv.get('short')).catch(codeOf)).toBe('unavailable')
    for (const topic of ['c', 'd', 'e']) expect((await log.append(topic, bytesOf(1))).offset).toBeGreaterThan(0)
    await log.append('a', bytesOf(2))
    await until('the reader has heard both', () => reader.numbers.length === 2)
    expect([reader.numbers, reader.gaps]).toEqual([[1, 2], []])
    expect(reports.map(({ what }) => what)).toContain('bad-data')
    // A stream that was cut in the middle is a gap there, and no silence.
    for (let n = 3; n <= 6; n++) await log.append('a', bytesOf(n))
    const [first] = (await ask(engine, 'XRANGE', 'wirepact{t/a}:r', '4', '4')) as [[string]]
    await ask(engine, 'XDEL', 'wirepact{t/a}:r', first[0])
    const start = reader.watch.position
    const some = await log.read('a', start, { maxRecords: 100, maxBytes: 1e6 })
    const rest = await log.read('a', some.position, { maxRecords: 100, maxBytes: 1e6 })
    expect([some.records.length, rest.gap, rest.records.length]).toEqual([3, { reason: 'trimmed', from: 3, to: 4 }, 2])
    await log.close()
  })

  it('a topic keeps so many records and bytes, for so long, and counts on', async () => {
    await using engine = await startRedis()
    const { log } = open(engine, { recordsPerTopic: 40, bytesPerTopic: 10 * 1_128, ageMs: 400 })
    const wideRead = async (topic: string, after: Position) => {
      const { gap, records } = await log.read(topic, after, { maxRecords: 1_000, maxBytes: 1e9 })
      return { gap, offsets: records.map(({ offset }) => offset) }
    }
    const starts = { many: await log.head('many'), large: await log.head('large'), old: await log.head('old') }
    for (let n = 1; n <= 100; n++) await log.append('many', bytesOf(n))
    for (let n = 1; n <= 25; n++) await log.append('large', new Uint8Array(1_000))
    const [many, large] = [await wideRead('many', starts.many), await wideRead('large', starts.large)]
    expect(many.offsets.length).toBeGreaterThanOrEqual(40)
    expect(many.offsets.length).toBeLessThanOrEqual(45)
    expect([many.offsets.at(-1), many.gap]).toEqual([
      100,
      { reason: 'trimmed', from: 0, to: 100 - many.offsets.length },
    ])
    expect(large.offsets.length).toBeGreaterThanOrEqual(8)
    expect(large.offsets.length).toBeLessThanOrEqual(10)
    expect(large.offsets.at(-1)).toBe(25)
    // One record that is larger than all that is kept stays, as the newest.
    await log.append('large', new Uint8Array(50_000))
    expect((await wideRead('large', starts.large)).offsets).toEqual([26])
    await log.append('old', bytesOf(1))
    await sleep(500)
    await log.append('old', bytesOf(2))
    expect(await wideRead('old', starts.old)).toEqual({ gap: { reason: 'trimmed', from: 0, to: 1 }, offsets: [2] })
    await sleep(700)
    expect(await wideRead('old', starts.old)).toEqual({ gap: { reason: 'trimmed', from: 0, to: 2 }, offsets: [] })
    const { epoch } = starts.old
    expect(await log.append('old', bytesOf(3))).toEqual({ epoch, offset: 3 })
    expect((await wideRead('old', { epoch, offset: 2 })).offsets).toEqual([3])
    await log.close()
  })

  it('databases of one server are strangers, and so are logs with other prefixes', async () => {
    await using engine = await startRedis()
    const url = `redis://127.0.0.1:${engine.port}`
    const logs = [open(engine), open(engine, { url: `${url}/1` }), open(engine, { prefix: 'other' })]
    const readers = await Promise.all(logs.map(({ log }) => startReader(log, 'a')))
    for (const [n, { log }] of logs.entries()) {
      for (let i = 0; i <= n; i++) expect((await log.append('a', bytesOf(10 * n + i))).offset).toBe(i + 1)
      expect(await log.kv.putIfAbsent('k', bytesOf(n), { ttlMs: 1_000 })).toBeUndefined()
    }
    await until('all heard theirs', () => readers.every(({ numbers }, n) => numbers.length === n + 1))
    expect(readers.map(({ numbers, gaps }) => [numbers, gaps])).toEqual([
      [[0], []],
      [[10, 11], []],
      [[20, 21, 22], []],
    ])
    for (const { log } of logs) await log.close()
  })

  it('a script cache that was emptied is filled again', async () => {
    await using engine = await startRedis()
    const { log } = open(engine)
    await log.append('a', bytesOf(1))
    await ask(engine, 'SCRIPT', 'FLUSH')
    const positions = await Promise.all([2, 3, 4].map((n) => log.append('a', bytesOf(n))))
    expect(positions.map(({ offset }) => offset)).toEqual([2, 3, 4])
    await log.close()
  })
})

/** A folder with a certificate for localhost that vouches for itself. */
async function certificate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'wirepact-tls-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
  const { code, output } = await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...[...files, ...names],
  ])
  if (code !== 0) throw new Error(output)
  return folder
}
