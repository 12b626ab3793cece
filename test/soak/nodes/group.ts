import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EventLog } from '@wirepact/eventlog'
import { build } from 'esbuild'
import { type Balancer, startBalancer } from '../../../examples/ticker/src/balancer.ts'
import { freePort } from '../../../examples/ticker/src/redis.ts'
import type { Engine } from '../../engines/engine.ts'
import { startNats, startRedis } from '../../engines/servers.ts'
import { root } from '../../setup/workspace.mjs'
import { type EngineAddress, openEngineLog } from './engine-log.ts'
import type { NodeReport } from './served.ts'

let program: Promise<string> | undefined

/** The nodes are plain JavaScript, bundled once for all tests of a run. */
function built(): Promise<string> {
  program ??= (async () => {
    const outfile = join(root, 'test/.tmp/soak/node-process.mjs')
    await build({
      ...{ bundle: true, format: 'esm', platform: 'node', logLevel: 'error', target: 'node20', outfile },
      entryPoints: [join(root, 'test/soak/nodes/node-process.ts')],
      conditions: ['@wirepact/source'],
      banner: {
        js: "import { createRequire as here } from 'node:module'; const require = here(import.meta.url);",
      },
    })
    return outfile
  })()
  return program
}

/** Two nodes of one engine, each a process of its own, behind a balancer. Either, and the engine, can be killed. */
export class NodeGroup implements AsyncDisposable {
  readonly engine: Engine
  readonly url: string
  /** The ports of the nodes themselves, past the balancer. */
  readonly ports: readonly number[]
  readonly #address: EngineAddress
  readonly #balancer: Balancer
  readonly #folder = mkdtempSync(join(tmpdir(), 'wirepact-nodes-'))
  readonly #children: (ChildProcess | undefined)[] = []
  readonly #logs: EventLog[] = []

  private constructor(engine: Engine, address: EngineAddress, ports: readonly number[], balancer: Balancer) {
    this.engine = engine
    this.#address = address
    this.ports = ports
    this.#balancer = balancer
    this.url = `ws://127.0.0.1:${balancer.port}`
    writeFileSync(this.#runsFile, '')
  }

  static async start(name: EngineAddress['name'], { durable }: { durable: boolean }): Promise<NodeGroup> {
    const persistent = durable ? ['--appendonly', 'yes', '--appendfsync', 'always'] : []
    const engine = await (name === 'nats' ? startNats() : startRedis(...persistent))
    const ports = [await freePort(), await freePort()]
    const balancer = await startBalancer(0, '127.0.0.1', ports)
    const group = new NodeGroup(engine, { name, port: engine.port, durable }, ports, balancer)
    await Promise.all(ports.map((_, index) => group.startNode(index)))
    return group
  }

  /** Another log of the same engine, for what a test itself publishes and counts. */
  async log(): Promise<EventLog> {
    const log = await openEngineLog(this.#address)
    this.#logs.push(log)
    return log
  }

  async startNode(index: number): Promise<void> {
    const port = this.ports[index]
    const settings = { port, engine: this.#address, runs: this.#runsFile }
    const child = fork(await built(), [JSON.stringify(settings)])
    this.#children[index] = child
    await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code, signal]) => {
        throw new Error(`a node ended while it began: ${signal ?? `code ${code}`}`)
      }),
    ])
  }

  /** Ends a node at once, as a power cut would. */
  killNode(index: number): Promise<void> {
    return this.#end(index, 'SIGKILL')
  }

  /** Asks a node to go; resolves when it has gone, and nobody was there any more. */
  drainNode(index: number): Promise<void> {
    return this.#end(index, 'SIGTERM')
  }

  async report(index: number): Promise<Exclude<NodeReport, 'ready'>> {
    const child = this.#children[index]
    if (child === undefined) throw new Error(`node ${index} is down`)
    child.send('report')
    return (await once(child, 'message'))[0]
  }

  /** How often each numbered call ran, in all processes there ever were: by what it did and its number. */
  runs(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const line of readFileSync(this.#runsFile, 'utf8').split('\n'))
      if (line !== '') counts.set(line, (counts.get(line) ?? 0) + 1)
    return counts
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#logs.map((log) => log.close()))
    await Promise.all(this.#children.map((_, index) => this.killNode(index)))
    await this.#balancer.close()
    await this.engine.close()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  get #runsFile(): string {
    return join(this.#folder, 'runs')
  }

  async #end(index: number, signal: NodeJS.Signals): Promise<void> {
    const child = this.#children[index]
    this.#children[index] = undefined
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
}
