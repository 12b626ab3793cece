import { setTimeout as sleep } from 'node:timers/promises'
import { jetstreamManager } from '@nats-io/jetstream'
import { openNatsLog } from '@wirepact/eventlog-nats'
import { describe, expect, it } from 'vitest'
import { provideNats } from '../../setup/engines.mjs'
import { present, startNats } from '../servers.ts'
import { eventuallyOpen, leaderOf, startCluster } from './cluster.ts'
import { besideLog, bytes, eventually, failureOf, freshName, hear, openAt, text, WIDE } from './nodes.ts'

// Each of these waits for engines most of its time: so they do it together.
describe.runIf(present('nats-server', await provideNats())).concurrent('what takes a while', () => {
  it('topics that are watched and silent do not come of age: what follows is no gap', async () => {
    await using engine = await startNats()
    const name = freshName()
    const log = await openAt(engine.port, { name, ageMs: 3_000 })
    const heard = await hear(log, 'quiet')
    await log.append('quiet', text('one'))
    const before = await log.append('forgotten', text('one'))
    await sleep(4_500)
    await log.append('quiet', text('two'))
    await eventually('both are heard', () => heard.records.length === 2)
    expect(heard.gaps).toEqual([])
    // Nobody listened to this one, so nobody can say that nothing came in between.
    const after = await log.append('forgotten', text('two'))
    expect(after.offset).toBeGreaterThan(before.offset + 1)
    expect((await log.read('forgotten', before, WIDE)).gap?.reason).toBe('trimmed')
    // The stream is the same: neither is its epoch forgotten.
    expect(after.epoch).toBe(before.epoch)
    await log.close()
  })

  it('the stream was deleted while it ran: told though nothing is published', async () => {
    await using engine = await startNats()
    const name = freshName()
    const log = await openAt(engine.port, { name })
    const heard = await hear(log, 'a')
    const before = await log.append('a', bytes(1))
    const nc = await besideLog(engine)
    await (await jetstreamManager(nc)).streams.delete(name)
    await eventually('the gap is told', () => heard.gaps.length > 0, 10_000)
    expect((await log.head('a')).epoch).not.toBe(before.epoch)
    await nc.close()
    await log.close()
  })

  it('nobody lived to know: a node that finds another run waits for a witness, then begins anew, unless told to trust', async () => {
    await using engine = await startNats()
    const name = freshName()
    const first = await openAt(engine.port, { name })
    const before = await first.append('a', bytes(1))
    await first.close()
    const same = await openAt(engine.port, { name })
    expect(await same.head('a')).toEqual(before)
    await same.close()
    await engine.kill()
    await engine.start()
    const trusting = await openAt(engine.port, { name, trustRestarts: true })
    expect(await trusting.head('a')).toEqual(before)
    await trusting.close()
    await engine.kill()
    await engine.start()
    const careful = await openAt(engine.port, { name })
    expect((await careful.read('a', before, WIDE)).gap?.reason).toBe('epoch')
    await careful.close()
  })

  it('a log on three servers of a cluster outlives the one that leads it: nothing is lost, nothing comes twice, nobody is told of a gap', async () => {
    await using cluster = await startCluster()
    const { engines, servers } = cluster
    const name = freshName()
    const bounds = { name, totalBytes: 4 * 1024 * 1024, keyBytes: 1024 * 1024, replicas: 3, report: () => {} }
    const open = () => openNatsLog({ servers, ...bounds })
    const log = await eventuallyOpen(open)
    const other = await open()
    const heard = await hear(other, 'a')
    const start = await log.head('a')
    const acknowledged: number[] = []
    const publish = async (from: number, to: number) => {
      for (let n = from; n <= to; n++) {
        // While the servers choose another leader it may be away for longer than a publisher waits.
        while ((await failureOf(log.append('a', bytes(n), { dedupeKey: `${n}` }))) !== undefined);
        acknowledged.push(n)
      }
    }
    await publish(1, 50)
    await log.kv.put('k', bytes(7), { ttlMs: 600_000 })
    await engines[await leaderOf(servers, name)]!.kill()
    await publish(51, 100)
    await eventually('all is heard', () => heard.records.length >= 100, 20_000)
    expect([heard.gaps, heard.records.map(({ data }) => data[0])]).toEqual([[], acknowledged])
    const { records, gap } = await log.read('a', start, WIDE)
    expect([gap, records.map(({ data }) => data[0])]).toEqual([undefined, acknowledged])
    expect(await log.kv.get('k')).toEqual(bytes(7))
    await Promise.all([log.close(), other.close()])
  }, 60_000)
})
