import { setTimeout as sleep } from 'node:timers/promises'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import { EventLogError } from '@wirepact/eventlog'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideNats } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startNats } from '../servers.ts'
import { besideLog, eventually, freshName, hear, openAt, text, WIDE } from './nodes.ts'

describe.runIf(present('nats-server', await provideNats()))('what somebody else put into the engine', () => {
  let engine: Engine
  let nc: NatsConnection
  beforeAll(async () => {
    engine = await startNats()
    nc = await besideLog(engine)
  })
  afterAll(async () => {
    await nc.close()
    await engine.close()
  })

  const garbage: [what: string, data: Uint8Array][] = [
    ['nothing', new Uint8Array(0)],
    ['text', text('hello')],
    ['another format', Uint8Array.of(0xff, 1, 2, 3, 4, 5)],
    ['a head alone', Uint8Array.of(0x10, 1)],
    ['another epoch', Uint8Array.of(0x10, 1, 2, 3, 4, 0, 1, 1, 65)],
  ]

  it.each(garbage)(
    'in a topic, %s: is no record, and what is appended later is read and heard',
    async (_what, data) => {
      const name = freshName()
      const log = await openAt(engine.port, { name })
      const heard = await hear(log, 'a')
      await log.append('a', text('one'))
      await jetstream(nc).publish(`${name}.log.ta`, data)
      await log.append('a', text('two'))
      await log.append('a', text('three'))
      await eventually('all is heard', () => heard.records.length === 3)
      expect(heard.records.map(({ data }) => new TextDecoder().decode(data))).toEqual(['one', 'two', 'three'])
      // Where the topic went on was not known any more: nothing was lost, but that cannot be said.
      expect(heard.gaps.every(({ gap }) => gap.reason === 'trimmed')).toBe(true)
      const first = await log.read('a', { ...heard.watch.position }, WIDE)
      const rest = await log.read('a', first.position, WIDE)
      const said = [...first.records, ...rest.records].map(({ data }) => new TextDecoder().decode(data))
      expect(said).toEqual(['one', 'two', 'three'])
      await log.close()
    },
  )

  it('to those that listen, messages that no stream holds: nothing is delivered, and the topic goes on', async () => {
    const name = freshName()
    const log = await openAt(engine.port, { name })
    const heard = await hear(log, 'a')
    await log.append('a', text('one'))
    for (const said of [
      {},
      { 'Nats-Sequence': 'x' },
      { 'Nats-Sequence': '-1' },
      { 'Nats-Sequence': '999', 'Nats-Last-Sequence': '5' },
      { 'Nats-Sequence': '999' },
    ]) {
      const forged = headers()
      for (const [key, value] of Object.entries(said)) forged.set(key, value)
      for (let n = 0; n < 50; n++) nc.publish(`${name}.live.ta`, text('forged'), { headers: forged })
      nc.publish(`${name}.live.ta`, text('forged'))
    }
    await nc.flush()
    await sleep(100)
    await log.append('a', text('two'))
    await eventually('both are heard', () => heard.records.length === 2)
    expect(heard.records.map(({ data }) => new TextDecoder().decode(data))).toEqual(['one', 'two'])
    await log.close()
  })

  it('in the record of the epoch: nodes that know the epoch write it again, another word is another epoch', async () => {
    const name = freshName()
    const log = await openAt(engine.port, { name })
    const heard = await hear(log, 'a')
    const before = await log.append('a', text('one'))
    const { streams } = await jetstreamManager(nc)
    const record = async () => {
      const stored = await streams.getMessage(name, { last_by_subj: `${name}.log.epoch` })
      return stored === null ? '' : stored.string()
    }
    const good = await record()
    for (const said of ['', '[]', '{"word":7}', '{"word":"x","run":"y"}', 'null']) {
      await jetstream(nc).publish(`${name}.log.epoch`, text(said))
      await eventually('it is written again', async () => (await record()) === good)
      expect(await log.head('a')).toEqual(before)
    }
    await streams.purge(name, { filter: `${name}.log.epoch` })
    await eventually('it is written again', async () => (await record()) === good)
    expect(heard.gaps).toEqual([])
    const other = good.startsWith('{"word":"A') ? '{"word":"B' : '{"word":"A'
    await jetstream(nc).publish(`${name}.log.epoch`, text(good.replace(/^{"word":"./, other)))
    await eventually('another epoch', async () => (await log.head('a')).epoch !== before.epoch)
    expect((await log.read('a', before, WIDE)).gap?.reason).toBe('epoch')
    await log.close()
  })

  it('under a key: fails, since a key that was taken must not seem free', async () => {
    const name = freshName()
    const log = await openAt(engine.port, { name })
    await jetstream(nc).publish(`${name}.key.kone`, text('value'))
    for (const ask of [() => log.kv.get('one'), () => log.kv.putIfAbsent('one', text('mine'), { ttlMs: 1_000 })]) {
      const failure = await ask().catch((error: unknown) => error)
      expect(failure instanceof EventLogError && failure.code).toBe('unavailable')
    }
    await log.kv.put('one', text('mine'), { ttlMs: 10_000 })
    expect(await log.kv.get('one')).toEqual(text('mine'))
    await log.close()
  })

  it('a topic that was emptied: its readers are told, and it goes on', async () => {
    const name = freshName()
    const log = await openAt(engine.port, { name })
    const before = await log.append('a', text('one'))
    await log.append('a', text('two'))
    const { streams } = await jetstreamManager(nc)
    await streams.purge(name, { filter: `${name}.log.ta` })
    const { gap, position } = await log.read('a', before, WIDE)
    expect(gap?.reason).toBe('trimmed')
    const after = await log.append('a', text('three'))
    expect(after.offset).toBe(position.offset + 1)
    expect((await log.read('a', position, WIDE)).records.length).toBe(1)
    await log.close()
  })
})
