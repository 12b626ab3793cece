import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child } from '../harness/child.ts'
import { startRedis } from './redis.ts'

export interface RoundOptions {
  /** Subscribers of each node. */
  readonly each: number
  readonly nodes: number
  /** Events that are published at once; the next ones when all have them. */
  readonly burst: number
  /** How long bursts are published, in ms. */
  readonly measureMs: number
  /** One event every so many ms for the time from publishing to hearing, and how many. */
  readonly everyMs: number
  readonly paced: number
  readonly redisServer: string
}

/** What one round of one subject showed. CPU times are of all nodes, of all subscribers, and of the engine. */
export interface Figures {
  readonly deliveries: number
  readonly nodeCpu: number
  readonly clientCpu: number
  readonly engineCpu: number
  /** Of the nodes, where events come one at a time. */
  readonly pacedCpu: number
  readonly p50: number
  readonly p99: number
}

const script = (name: string) => join(import.meta.dirname, `${name}.js`)
/** Ticks of /proc per second, on every Linux there is. */
const TICKS = 100

/** Plays one subject with fresh processes and a fresh engine. Throws with what they printed when anything is not in order. */
export async function playRound(subject: string, options: RoundOptions): Promise<Figures> {
  const redis = await startRedis(options.redisServer)
  const nodes = Array.from(
    { length: options.nodes },
    (_, index) => new Child(`node ${index}`, script('node-process'), undefined, {}),
  )
  const clients = new Child('subscribers', script('client-process'), undefined, {})
  try {
    const ports = await Promise.all(nodes.map((node) => node.ask('serve', { subject, url: redis.url })))
    await clients.ask('subscribe', { subject, ports, each: options.each })
    const [publisher] = nodes as [Child]
    let id = 0
    const burst = async () => {
      const all = clients.ask('await', { below: id + options.burst, measured: false })
      await publisher.ask('burst', { from: id, count: options.burst })
      id += options.burst
      await all
    }
    const cpu = async () => ({
      nodes: sum(await Promise.all(nodes.map((node) => node.ask('cpu')))),
      clients: Number(await clients.ask('cpu')),
      engine: engineCpu(redis.pid),
    })
    await burst()
    const before = await cpu()
    const from = id
    const began = performance.now()
    while (performance.now() - began < options.measureMs) await burst()
    const ms = performance.now() - began
    const after = await cpu()
    const deliveries = (id - from) * options.each * options.nodes
    const paced = clients.ask('await', { below: id + options.paced, measured: true })
    await publisher.ask('pace', { from: id, count: options.paced, everyMs: options.everyMs })
    await paced
    const last = await cpu()
    const { p50, p99 } = (await clients.ask('latencies')) as { p50: number; p99: number }
    return {
      deliveries: (deliveries / ms) * 1_000,
      nodeCpu: (after.nodes - before.nodes) / deliveries,
      clientCpu: (after.clients - before.clients) / deliveries,
      engineCpu: (after.engine - before.engine) / deliveries,
      pacedCpu: (last.nodes - after.nodes) / (options.paced * options.each * options.nodes),
      p50,
      p99,
    }
  } finally {
    await Promise.all([...nodes, clients].map((child) => child.end()))
    await redis.close()
  }
}

function sum(values: readonly unknown[]): number {
  return values.reduce<number>((total, value) => total + Number(value), 0)
}

/** CPU time of the engine so far, in µs, in steps of 10 ms. */
export function engineCpu(pid: number): number {
  // Behind the name, which may hold spaces: fields 14 and 15, in user and system mode.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return ((Number(fields[11]) + Number(fields[12])) / TICKS) * 1e6
}
