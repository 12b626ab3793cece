import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { EventLogError } from '@wirepact/eventlog'
import { type NatsReport, openNatsLog } from '@wirepact/eventlog-nats'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideNats } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startNats } from '../servers.ts'
import { besideLog, eventually, failureOf, freshName, hear, openAt, text, WIDE } from './nodes.ts'

const here = present('nats-server', await provideNats())

describe.runIf(here)('topics in NATS', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startNats()
  })
  afterAll(() => engine.close())

  it('with names longer than the engine takes lines', async () => {
    const log = await openAt(engine.port, { name: freshName() })
    const long = '\u{1f4c8}'.repeat(50_000)
    for (const topic of [long, `${long}x`, '€'.repeat(200), 'x'.repeat(201)]) {
      const heard = await hear(log, topic)
      await log.append(topic, text('one'))
      await eventually('it is heard', () => heard.records.length === 1)
      await log.kv.put(topic, text('value'), { ttlMs: 60_000 })
      expect(await log.kv.get(topic)).toEqual(text('value'))
    }
    await log.close()
  })

  it('the bytes of all topics are bounded: the oldest go, and who needs them is told', async () => {
    const log = await openAt(engine.port, { name: freshName(), totalBytes: 256 * 1024 })
    const start = await log.append('a', text('one'))
    for (let n = 0; n < 40; n++) await log.append(`b${n % 4}`, new Uint8Array(16 * 1024))
    expect((await log.read('a', start, WIDE)).gap?.reason ?? (await log.append('a', text('two'))).offset).toBe(
      'trimmed',
    )
    await log.close()
  })

  it('a record that is larger than the engine takes is the caller’s mistake', async () => {
    const log = await openAt(engine.port, { name: freshName() })
    expect(await failureOf(log.append('a', new Uint8Array(1024 * 1024)))).toBeInstanceOf(RangeError)
    await log.append('a', new Uint8Array(1024 * 1024 - 2_000))
    await log.close()
  })
})

describe.runIf(here)('an engine that is away', () => {
  it('is said at once by what is asked too much, after a while by the rest, and close does not wait for it', async () => {
    await using engine = await startNats()
    const log = await openAt(engine.port, { name: freshName(), timeoutMs: 600, pendingRecords: 10 })
    await log.append('a', text('one'))
    engine.stop()
    const waiting = Array.from({ length: 10 }, () => failureOf(log.append('a', text('late'))))
    expect(await failureOf(log.append('a', text('too much')))).toMatchObject({ code: 'unavailable' })
    const asked = [
      log.head('a'),
      log.watch('b', { record: () => {}, gap: () => {} }),
      log.kv.get('k'),
      log.kv.delete('k'),
    ]
    const failures = await Promise.all([...waiting, ...asked.map(failureOf)])
    expect(failures.map((failure) => failure instanceof EventLogError && failure.code)).toEqual(
      failures.map(() => 'unavailable'),
    )
    const last = failureOf(log.append('a', text('never')))
    const began = performance.now()
    await log.close()
    expect(performance.now() - began).toBeLessThan(2_000)
    expect(await last).toMatchObject({ code: 'closed' })
    engine.resume()
  })

  it('cannot be opened: nobody there, no JetStream, too little room', async () => {
    expect(await failureOf(openAt(9, {}))).toMatchObject({ code: 'unavailable' })
    await using engine = await startNats()
    expect(await failureOf(openAt(engine.port, { name: freshName(), totalBytes: 2 ** 50 }))).toMatchObject({
      code: 'full',
    })
  })
})

describe.runIf(here)('an engine that asks who comes', () => {
  it('by user, password and TLS', async () => {
    await using engine = await startNats()
    await engine.kill()
    const file = (name: string) => join(engine.folder, name)
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
      ...['-keyout', file('key.pem'), '-out', file('cert.pem')],
    ])
    expect(made.status).toBe(0)
    const tls = `tls { cert_file: "${file('cert.pem')}", key_file: "${file('key.pem')}" }`
    writeFileSync(file('server.conf'), `${tls}\nauthorization { user: ada, password: "s@crate" }\n`)
    await engine.start('-c', file('server.conf'))
    const servers = `tls://ada:s%40crate@localhost:${engine.port}`
    const name = freshName()
    const bounds = { name, totalBytes: 1024 * 1024, keyBytes: 1024 * 1024 }
    const log = await openNatsLog({ servers, ...bounds, tls: { caFile: file('cert.pem') } })
    await log.append('a', text('one'))
    await log.close()
    for (const wrong of [servers.replace('crate', 'crete'), servers]) {
      const tls = wrong === servers ? {} : { caFile: file('cert.pem') }
      const failure = await failureOf(openNatsLog({ servers: wrong, ...bounds, tls }))
      expect(failure).toMatchObject({ code: 'unavailable' })
      expect(String(failure)).not.toMatch(/cr[ae]te/)
    }
  })
})

describe.runIf(here)('what an operator is told', () => {
  it('when the engine goes, when it is back, when it lost what it had, and when a listener throws', async () => {
    await using engine = await startNats()
    const told: string[] = []
    const report = ({ what }: NatsReport) => told.push(what)
    const log = await openAt(engine.port, { name: freshName(), storage: 'memory', report })
    const heard: number[] = []
    await log.watch('a', {
      record({ offset }) {
        heard.push(offset)
        throw new Error('a bug')
      },
      gap: () => {},
    })
    await hear(log, 'a')
    await log.append('a', text('one'))
    await log.append('a', text('two'))
    await eventually('a listener that throws goes on', () => heard.length === 2)
    expect(log.isReady).toBe(true)
    await engine.kill()
    await eventually('it is missed', () => !log.isReady)
    await engine.start()
    await eventually('it is back', () => log.isReady)
    expect(told).toEqual(['listener-threw', 'listener-threw', 'engine-lost', 'history-lost', 'engine-back'])
    await log.close()
  })

  it('that the user may not listen: the log is not opened', async () => {
    await using engine = await startNats()
    await engine.kill()
    const file = join(engine.folder, 'server.conf')
    // What the package's README asks for, and no more.
    const streams = ['mine', 'mine_keys']
    const api = ['STREAM.*.', 'STREAM.MSG.*.', 'DIRECT.GET.', 'CONSUMER.*.', 'CONSUMER.MSG.NEXT.']
    const asked = streams.flatMap((stream) => api.flatMap((verb) => [`${verb}${stream}`, `${verb}${stream}.>`]))
    const published = ['mine.log.*', 'mine.key.*', ...['INFO', ...asked].map((subject) => `$JS.API.${subject}`)]
    const may = `publish: { allow: ${JSON.stringify([...published, 'theirs.>', '$JS.API.STREAM.*.*', '$JS.API.DIRECT.GET.>'])} }
      subscribe: { allow: ["_INBOX.>", "mine.live.*"] }`
    writeFileSync(file, `authorization { users: [{ user: u, password: p, permissions: { ${may} } }] }`)
    await engine.start('-c', file)
    const servers = `nats://u:p@127.0.0.1:${engine.port}`
    const bounds = { totalBytes: 1024 * 1024, keyBytes: 1024 * 1024 }
    const failure = await failureOf(openNatsLog({ servers, name: 'theirs', ...bounds }))
    expect(failure).toMatchObject({ code: 'unavailable' })
    expect(String(failure)).toMatch(/permission/i)
    const log = await openNatsLog({ servers, name: 'mine', ...bounds })
    const start = await log.head('a')
    for (let n = 0; n < 10; n++) await log.append('a', text(`${n}`))
    expect((await log.read('a', start, WIDE)).records.length).toBe(10)
    await log.kv.put('k', text('value'), { ttlMs: 1_000 })
    await log.kv.delete('k')
    await log.close()
  })
})

describe.runIf(here)('bounds of a stream that is there', () => {
  it('are those of the node that came last; its records stay', async () => {
    await using engine = await startNats()
    const name = freshName()
    const first = await openAt(engine.port, { name, recordsPerTopic: 100 })
    const start = await first.head('a')
    await first.append('a', text('one'))
    const second = await openAt(engine.port, { name, recordsPerTopic: 200, ageMs: 60_000, dedupeMs: 30_000 })
    const nc = await besideLog(engine)
    const { config } = await (await jetstreamManager(nc)).streams.info(name)
    expect([config.max_msgs_per_subject, config.max_age, config.duplicate_window]).toEqual([200, 60e9, 30e9])
    expect((await second.read('a', start, WIDE)).records.length).toBe(1)
    await nc.close()
    await Promise.all([first.close(), second.close()])
  })
})
