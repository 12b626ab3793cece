import { startBalancer } from './balancer.ts'
import type { Engine } from './engine.ts'
import { freePort, startRedis } from './redis.ts'
import { Supervisor } from './supervisor.ts'

export type EverythingOptions = {
  /** Where the balancer listens; 0 takes a free port. */
  port: number
  host: string
  /** The built main.js, which all processes run. */
  script: string
  /** An engine that runs already. @default one of our own */
  engine: Engine | undefined
  /** The program that is the engine. */
  redisServer: string
  say: (sentence: string) => void
}

export type Everything = {
  readonly url: string
  /** The process of a node, of the exchange, or of an engine of our own, by its name; undefined while it is down. */
  pidOf(name: string): number | undefined
  /** Puts new processes in the place of all nodes, one after the other, so that nobody notices. */
  renewNodes(): Promise<void>
  close(): Promise<void>
}

/** The engine, the exchange, two nodes and the balancer before them, each a process of its own but for the last. */
export async function startEverything(options: EverythingOptions): Promise<Everything> {
  const { port, host, script, redisServer, say } = options
  const redis = options.engine === undefined ? await startRedis(redisServer, say) : undefined
  const { url, durable } = redis ?? (options.engine as Engine)
  say(redis === undefined ? `The engine is at ${url}` : `The engine is ready at ${url}, process ${redis.pid()}`)
  const supervisor = new Supervisor({ script, say, env: { REDIS_URL: url, REDIS_DURABLE: durable ? '1' : '' } })
  const ports = [await freePort(), await freePort()]
  const nodes = ports.map((each, index) => {
    const name = `node ${index + 1}`
    return { name, args: ['node', '--name', name, '--port', String(each)] }
  })
  const end = async () => {
    await supervisor.close()
    await redis?.close()
  }
  try {
    await Promise.all([{ name: 'exchange', args: ['exchange'] }, ...nodes].map((job) => supervisor.start(job)))
    const balancer = await startBalancer(port, host, ports)
    const visible = host === '0.0.0.0' || host === '::' ? 'localhost' : host
    return {
      url: `http://${visible}:${balancer.port}/`,
      pidOf: (name) => (name === 'engine' ? redis?.pid() : supervisor.pidOf(name)),
      async renewNodes() {
        for (const node of nodes) await supervisor.renew(node)
      },
      async close() {
        await balancer.close()
        await end()
      },
    }
  } catch (error) {
    await end()
    throw error
  }
}
