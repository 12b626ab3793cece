import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Client, connect } from '@wirepact/client/node'
import { RedisLog } from '@wirepact/eventlog-redis'
import { Child } from '../harness/child.ts'
import { cpuMicroseconds } from '../harness/cpu.ts'
import { loadNow } from '../harness/machine.ts'
import { idle } from './idle-contract.ts'
import { startRedis } from './redis.ts'
import { engineCpu } from './round.ts'

// What connections and appends cost, for the capacity model in packages/docs/operations.md: CPU times and memory, which say
// something on a machine that does other things, too.

const CONNECTIONS = 2_000
const APPENDS = 60_000
const RECORD_BYTES = 60

export async function costs(redisServer: string): Promise<number> {
  console.log(`load ${loadNow().toFixed(1)}; ${CONNECTIONS} connections, ${APPENDS} appends of ${RECORD_BYTES} bytes\n`)
  await connections(25_000)
  await connections(500)
  for (const args of [[], ['--appendonly', 'yes', '--appendfsync', 'always']])
    for (const [topics, watchers] of [
      [1, 0],
      [1, 2],
      [1_000, 2],
    ] as const)
      await appends(redisServer, args, topics, watchers)
  return 0
}

async function connections(periodMs: number): Promise<void> {
  process.env.NODE_OPTIONS = '--expose-gc'
  const server = new Child('server', join(import.meta.dirname, 'costs-process.js'), undefined, {})
  delete process.env.NODE_OPTIONS
  try {
    const url = `ws://127.0.0.1:${await server.ask('serve', periodMs)}`
    const numberOf = async (what: 'cpu' | 'rss') => Number(await server.ask(what))
    const first = await open(url, 200)
    const [cpuBefore, rssBefore] = [await numberOf('cpu'), await numberOf('rss')]
    const clients = await open(url, CONNECTIONS)
    const each = ((await numberOf('cpu')) - cpuBefore) / CONNECTIONS
    const bytes = ((await numberOf('rss')) - rssBefore) / CONNECTIONS
    console.log(
      `connect and subscribe: ${each.toFixed(0)} µs of CPU, ${(bytes / 1024).toFixed(1)} KiB of RSS right after`,
    )
    const idleBefore = await numberOf('cpu')
    await delay(10_000)
    const idleCpu = (await numberOf('cpu')) - idleBefore
    const beats = (10_000 / periodMs) * (CONNECTIONS + 200)
    if (periodMs < 10_000) console.log(`heartbeat: ${(idleCpu / beats).toFixed(1)} µs of CPU, there and back`)
    else console.log(`10 s of nothing: ${(idleCpu / 1_000).toFixed(1)} ms of CPU`)
    await Promise.all([...first, ...clients].map((client) => client.close()))
  } finally {
    await server.end()
  }
}

async function open(url: string, count: number): Promise<Client<typeof idle>[]> {
  const clients: Client<typeof idle>[] = []
  while (clients.length < count) {
    const some = Array.from({ length: 50 }, () => connect(idle, url))
    await Promise.all(some.map(({ events }) => events.news.subscribe({ room: 0 }, { next() {} }).ready))
    clients.push(...some)
  }
  return clients
}

async function appends(program: string, args: readonly string[], topics: number, watchers: number): Promise<void> {
  const redis = await startRedis(program, args)
  const report = () => {}
  const log = new RedisLog({ url: redis.url, report })
  const others = Array.from({ length: watchers }, () => new RedisLog({ url: redis.url, report }))
  try {
    for (const other of others)
      for (let topic = 0; topic < topics; topic++) await other.watch(`topic ${topic}`, { record() {}, gap() {} })
    const data = new Uint8Array(RECORD_BYTES)
    const before = { engine: engineCpu(redis.pid), ours: cpuMicroseconds() }
    for (let done = 0; done < APPENDS; done += 500)
      await Promise.all(Array.from({ length: 500 }, (_, index) => log.append(`topic ${(done + index) % topics}`, data)))
    const engine = (engineCpu(redis.pid) - before.engine) / APPENDS
    const ours = (cpuMicroseconds() - before.ours) / APPENDS
    const how = `${args.at(-1) ?? 'no file'}, ${topics} topics, ${watchers} nodes watch`
    console.log(`append (${how}): engine ${engine.toFixed(1)} µs, publisher and watchers ${ours.toFixed(1)} µs`)
  } finally {
    await Promise.all([log, ...others].map((each) => each.close()))
    await redis.close()
  }
}
