import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideNats } from '../../setup/engines.mjs'
import type { Engine } from '../engine.ts'
import { present, startNats } from '../servers.ts'
import { consumersAt, eventually, freshName, hear, openAt, text, WIDE } from './nodes.ts'

describe.runIf(present('nats-server', await provideNats()))('several nodes that append to one topic', () => {
  let engine: Engine
  beforeAll(async () => {
    engine = await startNats()
  })
  afterAll(() => engine.close())

  it('make one order without holes, the same for all, in which each keeps its own', async () => {
    const name = freshName()
    const nodes = await Promise.all([1, 2, 3].map(() => openAt(engine.port, { name })))
    const start = await nodes[0]!.head('a')
    const heard = await Promise.all(nodes.map((node) => hear(node, 'a')))
    const each = 400
    const positions = await Promise.all(
      nodes.flatMap((node, who) =>
        Array.from({ length: each }, (_, n) => Promise.resolve(node.append('a', text(`${who}:${n}`)))),
      ),
    )
    const offsets = positions.map(({ offset }) => offset - start.offset).sort((a, b) => a - b)
    expect(offsets).toEqual(Array.from({ length: 3 * each }, (_, n) => n + 1))
    const { records, gap } = await nodes[1]!.read('a', start, WIDE)
    expect(gap).toBeUndefined()
    const order = records.map(({ data }) => new TextDecoder().decode(data))
    for (const who of [0, 1, 2]) {
      const own = order.filter((said) => said.startsWith(`${who}:`))
      expect(own).toEqual(Array.from({ length: each }, (_, n) => `${who}:${n}`))
    }
    for (const { records: live, gaps } of heard) {
      await eventually('all is heard', () => live.length === 3 * each)
      expect([gaps, live]).toEqual([[], records])
    }
    await Promise.all(nodes.map((node) => node.close()))
  })

  it('one that never stops does not keep another out', async () => {
    const name = freshName()
    const [busy, other] = await Promise.all([openAt(engine.port, { name }), openAt(engine.port, { name })])
    const stop = { now: false }
    const flood = (async () => {
      while (!stop.now) await busy.append('a', text('busy'))
    })()
    for (let n = 0; n < 20; n++) await other.append('a', text('other'))
    stop.now = true
    await flood
    await Promise.all([busy.close(), other.close()])
  })

  it('a long way back is read in order, from any position, and leaves no consumer behind', async () => {
    const name = freshName()
    const log = await openAt(engine.port, { name, recordsPerTopic: 300 })
    const reader = await openAt(engine.port, { name, recordsPerTopic: 300 })
    const start = await log.head('a')
    for (let n = 0; n < 500; n++) {
      await log.append('a', text(`${n}`))
      if (n % 3 === 0) await log.append('b', text(`${n}`))
    }
    for (const behind of [1, 2, 7, 50, 150, 299]) {
      const after = { epoch: start.epoch, offset: start.offset + 500 - behind }
      const { records, gap } = await reader.read('a', after, WIDE)
      expect(gap).toBeUndefined()
      const said = records.map(({ data }) => Number(new TextDecoder().decode(data)))
      expect(said).toEqual(Array.from({ length: behind }, (_, n) => 500 - behind + n))
    }
    const pieces: number[] = []
    for (let at = { epoch: start.epoch, offset: start.offset + 200 }; ; ) {
      const { records, position, head } = await reader.read('a', at, { maxRecords: 16, maxBytes: 1_000 })
      pieces.push(...records.map(({ data }) => Number(new TextDecoder().decode(data))))
      if (position.offset === head.offset) break
      at = position
    }
    expect(pieces).toEqual(Array.from({ length: 300 }, (_, n) => 200 + n))
    expect(await consumersAt(engine)).toBe(0)
    await Promise.all([log.close(), reader.close()])
  })
})
