import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { provideNats } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startNats } from '../servers.ts'
import { MutedWay } from './muted-way.ts'
import { besideLog, eventually, failureOf, freshName, openAt, text } from './nodes.ts'

const long = { ttlMs: 60_000 }

describe.runIf(present('nats-server', await provideNats()))('keys in NATS', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startNats()
  })
  afterAll(() => engine.close())
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('of many nodes that take a key at once one has it, and all others are told whose it is', async () => {
    const name = freshName()
    const nodes = await Promise.all([1, 2, 3].map(() => openAt(engine.port, { name })))
    for (let key = 0; key < 30; key++) {
      const answers = await Promise.all(nodes.map((node, who) => node.kv.putIfAbsent(`${key}`, text(`${who}`), long)))
      const winner = answers.indexOf(undefined)
      const told = answers.filter((answer) => answer !== undefined).map((answer) => new TextDecoder().decode(answer))
      expect(told).toEqual([`${winner}`, `${winner}`])
    }
    await Promise.all(nodes.map((node) => node.close()))
  })

  it('whose taking was never answered are known to be one’s own', async () => {
    const way = new MutedWay(engine.port)
    const name = freshName()
    const [log, beside] = [await openAt(await way.listen(), { name }), await openAt(engine.port, { name })]
    await log.kv.put('warm', text('x'), long)
    for (let round = 0; round < 5; round++) {
      way.mute()
      const taken = Promise.all([1, 2, 3].map((n) => log.kv.putIfAbsent(`${round} ${n}`, text('mine'), long)))
      await eventually('all are stored', async () => {
        const stored = await Promise.all([1, 2, 3].map((n) => beside.kv.get(`${round} ${n}`)))
        return stored.every((value) => value !== undefined)
      })
      way.cut()
      expect(await taken).toEqual([undefined, undefined, undefined])
      expect(await beside.kv.putIfAbsent(`${round} 1`, text('theirs'), long)).toEqual(text('mine'))
    }
    await Promise.all([log.close(), beside.close()])
    await way.close()
  })

  it('are kept by the engine’s clock: a node whose own is an hour ahead forgets none too soon', async () => {
    const name = freshName()
    const exact = await openAt(engine.port, { name })
    await exact.kv.put('k', text('value'), long)
    const origin = performance.timeOrigin
    vi.spyOn(performance, 'timeOrigin', 'get').mockReturnValue(origin + 3_600_000)
    vi.spyOn(Date, 'now').mockImplementation(() => performance.timeOrigin + performance.now())
    const ahead = await openAt(engine.port, { name })
    expect(await ahead.kv.get('k')).toEqual(text('value'))
    await ahead.kv.put('short', text('value'), { ttlMs: 200 })
    expect(await exact.kv.get('short')).toEqual(text('value'))
    await sleep(300)
    expect(await exact.kv.get('short')).toBeUndefined()
    await Promise.all([exact.close(), ahead.close()])
  })

  it('fill their room and then are refused; none that is kept goes, and those that are over make room', async () => {
    const name = freshName()
    const log = await openAt(engine.port, { name, keyBytes: 64 * 1024 })
    const value = new Uint8Array(1_000)
    await log.kv.put('first', value, long)
    for (let n = 0; n < 20; n++) await log.kv.put(`short ${n}`, value, { ttlMs: 300 })
    let full: unknown
    for (let n = 0; n < 200 && full === undefined; n++) full = await failureOf(log.kv.putIfAbsent(`${n}`, value, long))
    expect(full).toMatchObject({ code: 'full' })
    expect(await log.kv.get('first')).toEqual(value)
    await sleep(400)
    expect(await failureOf(log.kv.putIfAbsent('late', value, long))).toBeUndefined()
    expect(await log.kv.get('first')).toEqual(value)
    expect(await log.kv.get('late')).toEqual(value)
    // What was over is not merely ignored: the engine has it no more.
    const nc = await besideLog(engine)
    const { streams } = await jetstreamManager(nc)
    const { state } = await streams.info(`${name}_keys`, { subjects_filter: '>' })
    const left = Object.keys(state.subjects ?? {})
    expect(left).toContain(`${name}.key.kfirst`)
    expect(left.filter((subject) => subject.includes('short'))).toEqual([])
    await nc.close()
    await log.close()
  })
})
