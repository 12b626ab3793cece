import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { type Engine, freePort } from '../engine.ts'
import { startNats } from '../servers.ts'

/** Three servers, and where they are. */
export async function startCluster() {
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
export async function eventuallyOpen<T>(open: () => Promise<T>): Promise<T> {
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
export async function leaderOf(servers: readonly string[], stream: string): Promise<number> {
  const nc = await connect({ servers: servers.map((url) => url.slice('nats://'.length)) })
  const { cluster } = await (await jetstreamManager(nc)).streams.info(stream)
  await nc.close()
  return Number(cluster?.leader?.slice(1))
}
