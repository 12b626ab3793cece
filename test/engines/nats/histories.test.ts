import { cpSync, mkdirSync, rmSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { provideNats } from '../../setup/engines.mjs'
import { present, startNats } from '../servers.ts'
import { bytes, eventually, freshName, hear, openAt, WIDE } from './nodes.ts'

const here = present('nats-server', await provideNats())

describe.runIf(here)('an engine that was killed, and comes back with all it had', () => {
  it('goes on in the same epoch: nothing is lost, nothing comes twice, and nobody is told of a gap', async () => {
    await using engine = await startNats()
    const name = freshName()
    const [one, other] = [await openAt(engine.port, { name }), await openAt(engine.port, { name })]
    const heard = await hear(other, 'a')
    const start = await one.head('a')
    for (let n = 1; n <= 20; n++) await one.append('a', bytes(n))
    await engine.kill()
    const late = one.append('a', bytes(21))
    await engine.start()
    await late
    await one.append('a', bytes(22))
    const expected = Array.from({ length: 22 }, (_, n) => n + 1)
    const { records, gap } = await other.read('a', start, WIDE)
    expect([gap, records.map(({ data }) => data[0])]).toEqual([undefined, expected])
    await eventually('all is heard', () => heard.records.length === 22)
    expect([heard.gaps, heard.records.map(({ data }) => data[0])]).toEqual([[], expected])
    await Promise.all([one.close(), other.close()])
  })
})

describe.runIf(here)('an engine that comes back with less than was acknowledged', () => {
  it('memory storage: every listener is told of a gap, and no position is carried on with', async () => {
    await using engine = await startNats()
    const log = await openAt(engine.port, { name: freshName(), storage: 'memory' })
    expect(log.caps.durable).toBe(false)
    const heard = await hear(log, 'a')
    for (let n = 1; n <= 5; n++) await log.append('a', bytes(n))
    const before = await log.head('a')
    await engine.kill()
    await engine.start()
    await eventually('the gap is told', () => heard.gaps.length === 1, 10_000)
    expect(heard.gaps[0]?.gap).toMatchObject({ reason: 'epoch', from: before.offset })
    const again = await log.append('a', bytes(6))
    expect(again.epoch).not.toBe(before.epoch)
    expect((await log.read('a', before, WIDE)).gap?.reason).toBe('epoch')
    await eventually('what comes after is heard', () => heard.records.some(({ data }) => data[0] === 6))
    await log.close()
  })

  it('its files are those of a minute ago: told, though more was appended since than was lost', async () => {
    await using engine = await startNats()
    const name = freshName()
    const [idle, witness] = [await openAt(engine.port, { name }), await openAt(engine.port, { name })]
    const heard = await hear(witness, 'a')
    for (let n = 1; n <= 5; n++) await witness.append('a', bytes(n))
    await engine.kill()
    const copy = `${engine.folder}.copy`
    cpSync(engine.folder, copy, { recursive: true })
    await engine.start()
    for (let n = 6; n <= 10; n++) await witness.append('a', bytes(n))
    const before = await witness.head('a')
    await engine.kill()
    rmSync(engine.folder, { recursive: true })
    cpSync(copy, engine.folder, { recursive: true })
    rmSync(copy, { recursive: true })
    await engine.start()
    // Somebody may be quicker than whoever knows what is missing.
    for (let n = 0; n < 20; n++) await idle.append('a', bytes(100 + n))
    await eventually('the gap is told', () => heard.gaps.length > 0, 10_000)
    expect(heard.gaps[0]?.gap.reason).toBe('epoch')
    await eventually('all nodes know', async () => (await idle.head('a')).epoch !== before.epoch)
    expect((await idle.read('a', before, WIDE)).gap?.reason).toBe('epoch')
    await Promise.all([idle.close(), witness.close()])
  })

  it('its files are gone', async () => {
    await using engine = await startNats()
    const log = await openAt(engine.port, { name: freshName() })
    const heard = await hear(log, 'a')
    const before = await log.append('a', bytes(1))
    await engine.kill()
    rmSync(engine.folder, { recursive: true })
    mkdirSync(engine.folder)
    await engine.start()
    await eventually('the gap is told', () => heard.gaps.length > 0, 10_000)
    for (let n = 0; n < 5; n++) await log.append('a', bytes(n))
    expect((await log.read('a', before, WIDE)).gap?.reason).toBe('epoch')
    await log.kv.put('k', bytes(7), { ttlMs: 60_000 })
    expect(await log.kv.get('k')).toEqual(bytes(7))
    await log.close()
  })
})
