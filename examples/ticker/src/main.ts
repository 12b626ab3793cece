import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { startEverything } from './all.ts'
import { startBalancer } from './balancer.ts'
import { engineFromEnvironment, openLog } from './engine.ts'
import { startExchange } from './market/exchange.ts'
import { startNode } from './node.ts'

const HELP = `A spice exchange on two nodes, behind a balancer, with its log in Redis.

  npm start -- ticker                everything, at http://localhost:3000 (PORT chooses another port)

Each part alone, as they would run on machines of their own:

  npm start -- ticker exchange       the markets: there is one of these
  npm start -- ticker node           what pages connect to: as many as you like
      --name NAME                    what pages call it (default "node 1")
      --port PORT                    (default 4001)
  npm start -- ticker balance        the balancer
      --port PORT                    (default 3000)
      --nodes PORT,PORT              the nodes (default 4001,4002)

The engine is at REDIS_URL (default redis://127.0.0.1:6379); REDIS_DURABLE=1 says that it writes everything to its disk at once.
Without REDIS_URL, \`npm start -- ticker\` starts an engine itself.
`

const page = new URL('./page/', import.meta.url)
const logOfEnvironment = () => openLog(engineFromEnvironment(process.env))

async function main(args: readonly string[]): Promise<void> {
  const text = { type: 'string' } as const
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { name: text, port: text, nodes: text, help: { type: 'boolean' } },
  })
  const [command = 'all'] = positionals
  if (values.help === true) console.log(HELP)
  else if (command === 'all') await all()
  else if (command === 'exchange') await exchange()
  else if (command === 'node') await node(values.name ?? 'node 1', portOf(values.port, 4001))
  else if (command === 'balance') await balance(portOf(values.port, 3000), values.nodes ?? '4001,4002')
  else throw new Error(`"${command}" is none of exchange, node and balance; --help says more`)
}

async function all(): Promise<void> {
  const running = await startEverything({
    port: portOf(process.env.PORT || undefined, 3000),
    host: process.env.HOST || 'localhost',
    script: fileURLToPath(import.meta.url),
    engine: process.env.REDIS_URL ? engineFromEnvironment(process.env) : undefined,
    redisServer: process.env.REDIS_SERVER || 'redis-server',
    say: (sentence) => console.log(sentence),
  })
  console.log(`The spice exchange is at ${running.url}`)
  console.log('Renew both nodes, one after the other, without anybody noticing: kill -HUP %d', process.pid)
  process.on('SIGHUP', () => void running.renewNodes())
  onEnd(['SIGINT', 'SIGTERM'], () => running.close())
}

async function exchange(): Promise<void> {
  const log = logOfEnvironment()
  const running = await startExchange({ log, report: (error) => console.error(`The exchange: ${String(error)}`) })
  onEnd(['SIGINT', 'SIGTERM'], () => running.close().then(() => log.close()))
  startedBy()
}

async function node(name: string, port: number): Promise<void> {
  const log = logOfEnvironment()
  const running = await startNode({ name, log, port, page })
  // What asks a node to go lets it finish: its pages find another one first.
  onEnd(['SIGTERM'], () => running.drain().then(() => log.close()))
  onEnd(['SIGINT'], () => running.close().then(() => log.close()))
  startedBy()
}

async function balance(port: number, nodes: string): Promise<void> {
  const balancer = await startBalancer(port, process.env.HOST || 'localhost', nodes.split(',').map(Number))
  console.log(`http://localhost:${balancer.port}/`)
  onEnd(['SIGINT', 'SIGTERM'], () => balancer.close())
}

/** Tells the supervisor, if there is one, that it may go on, and ends with it. */
function startedBy(): void {
  if (process.send === undefined) return
  process.on('disconnect', () => process.exit(1))
  process.send('ready')
}

function onEnd(signals: readonly NodeJS.Signals[], end: () => unknown): void {
  for (const signal of signals) {
    process.once(signal, async () => {
      await end()
      process.exit(0)
    })
  }
}

function portOf(text: string | undefined, otherwise: number): number {
  const port = Number(text ?? otherwise)
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Error(`A port is a number from 0 to 65535, and not "${text}".`)
}

main(process.argv.slice(2)).catch((error: NodeJS.ErrnoException) => {
  const inUse = error.code === 'EADDRINUSE'
  console.error(inUse ? `${error.message}. Choose another port: PORT=3001 npm start -- ticker` : error.message)
  process.exit(1)
})
