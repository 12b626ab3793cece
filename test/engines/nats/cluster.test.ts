import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { openNatsLog } from '@wirepact/eventlog-nats'
import { describe, expect, it } from 'vitest'
import { provideNats } from '../../setup/engines.mjs'
import { type Engine, freePort } from '../engine.ts'
import { present, startNats } from '../servers.ts'
import { bytes, eventually, failureOf, freshName, hear, WIDE } from './nodes.ts'

describe.runIf(present('nats-server', await provideNats()))('a log on three servers of a cluster', () => {
  it('outlives the server that leads it: nothing is lost, nothing comes twice, nobody is told of a gap', async () => {
    await using cluster = await startCluster()
    const { engines, servers } = cluster
    const name = freshName()
    const bounds = { name, totalBytes: 4 * 1024 * 1024, keyBytes: 1024 * 1024, replicas: 3 }
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

async function startCluster() {
  const routes = [await freePort(), await freePort(), await freePort()]
  const joined = routes.map((port) => `nats://127.0.0.1:${port}`).join()
  const engines: Engine[] = await Promise.all(
    routes.map((port, n) =>
      startNats('-n', `s${n}`, '--cluster_name', 'c', '--cluster', `nats://127.0.0.1:${port}`, '--routes', joined),
    ),
  )
  const servers = engines.map(({ port }) => `nats://127.0.0.1:${port}`)
  return {
    ...{ engines, servers },
    async [Symbol.asyncDispose]() {
      for (const engine of engines) await engine.close()
    },
  }
}

/** Servers that have just begun have no leader yet. */
async function eventuallyOpen<T>(open: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await open()
    } catch (error) {
      if (tries === 10) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

/** Which of them leads the stream. */
async function leaderOf(servers: readonly string[], stream: string): Promise<number> {
  const nc = await connect({ servers: servers.map((url) => url.slice('nats://'.length)) })
  const { cluster } = await (await jetstreamManager(nc)).streams.info(stream)
  await nc.close()
  return Number(cluster?.leader?.slice(1))
}
