import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { catalogue, type Outcome } from '@wirepact/cli/node'
import { connect } from '@wirepact/client/node'
import { BinaryCodec, publicLimits } from '@wirepact/protocol'
import { build } from 'esbuild'
import { expect, it, onTestFinished } from 'vitest'
import { root } from '../setup/workspace.mjs'
import { atMost, none, type Shown, show } from './shown.ts'
import { sieged } from './sieged.ts'
import { long, seed } from './size.ts'

// Server, attacker and victim in a process each. The victim makes one call after the other, as W1 of the bench does; what
// it waits is its figure, quiet and under each attack. In the short form few attacks are tried, and nothing is timed.

const short = ['item-bomb', 'ping-flood', 'validation-bomb', 'fragment-flood']
const attacks = catalogue.filter(({ name, patient }) =>
  long ? patient !== true || name === 'message-flood' : short.includes(name),
)

async function start(name: string, ...args: string[]): Promise<ChildProcess> {
  const program = join(root, `test/.tmp/soak/${name}.mjs`)
  await build({
    ...{ bundle: true, format: 'esm', platform: 'node', logLevel: 'error', target: 'node20' },
    entryPoints: [join(root, `test/soak/${name}.ts`)],
    outfile: program,
    conditions: ['@wirepact/source'],
  })
  const child = fork(program, args, { execArgv: ['--expose-gc'] })
  onTestFinished(() => void child.kill())
  return child
}

async function answer<Answer>(child: ChildProcess): Promise<Answer> {
  const [said] = (await once(child, 'message')) as [Answer]
  return said
}

interface State {
  /** After garbage was collected: the heap, and buffers beside it. */
  readonly heapMiB: number
  readonly connections: number
}

async function stateOf(server: ChildProcess): Promise<State> {
  server.send('state')
  return answer(server)
}

const p99Of = (waits: number[]) => waits.sort((a, b) => a - b)[Math.floor(waits.length * 0.99)] ?? 0

it('an attacker costs others less than 10 ms, and the server nothing that lasts', { timeout: 600_000 }, async () => {
  const server = await start('siege-server')
  const { url } = await answer<{ url: string }>(server)
  const attacker = await start('siege-attacker', url)
  const client = connect(sieged, url, { report: () => {} })
  onTestFinished(() => client.close())
  let waits: number[] = []
  let failed = 0
  let over = false
  const victim = (async () => {
    while (!over) {
      const started = performance.now()
      await client.api.add({ by: 1 }).catch(() => failed++)
      waits.push(performance.now() - started)
      // Below the rate that `public` allows.
      await delay(1)
    }
  })()
  await delay(long ? 3_000 : 300)
  const quiet = p99Of(waits)
  const before = await stateOf(server)
  const figures: { name: string; p99: number; keptMiB: number; outcome: Outcome }[] = []
  let held = before.heapMiB
  for (const { name } of attacks) {
    waits = []
    attacker.send(name)
    const outcome = await answer<Outcome>(attacker)
    // An attack that is over at once has not shown yet what it does to others.
    await delay(200)
    const p99 = p99Of(waits)
    const { heapMiB } = await stateOf(server)
    figures.push({ name, p99, keptMiB: heapMiB - held, outcome })
    held = heapMiB
  }
  over = true
  await victim
  const after = await stateOf(server)
  const worst = figures.reduce((one, other) => (other.p99 > one.p99 ? other : one))
  const broken = figures.filter(({ outcome }) => outcome.outcome === 'broken')
  const wait: Shown = atMost(
    `calls of others wait longer (p99, quiet ${quiet.toFixed(1)} ms; most: ${worst.name})`,
    worst.p99 - quiet,
    10,
    'ms',
  )
  console.log(figures.map((each) => `${each.name} ${each.p99.toFixed(1)} ms ${each.keptMiB.toFixed(1)} MiB`).join(', '))
  // Code that runs for the first time stays compiled: an attack that leaves nothing may leave that.
  const kept = figures.map(({ name, keptMiB }) => atMost(`the heap keeps after ${name}`, keptMiB, 2, 'MiB'))
  show('siege', seed, [
    none(`attacks of ${figures.length} that are not held (${broken.map(({ name }) => name).join()})`, broken.length),
    none('calls of others that fail', failed),
    long ? wait : { ...wait, kept: true },
    atMost('the heap of the server grows by', after.heapMiB - before.heapMiB, 16, 'MiB'),
    ...(long ? kept : []),
    none('connections that are left', after.connections - before.connections),
  ])
})

it('a megabyte of anything is refused in 5 ms and 4 MiB', () => {
  const codec = new BinaryCodec(publicLimits)
  const call = Uint8Array.of(0x01, 0x01, 0x00)
  const bomb = (head: readonly number[], byte: number) => {
    const bytes = new Uint8Array(1_000_000).fill(byte)
    bytes.set([...call, ...head])
    return bytes
  }
  const bombs = {
    'empty maps': bomb([0xdd, 0x00, 0x0f, 0x42, 0x38], 0x80),
    'empty arrays': bomb([0xdd, 0x00, 0x0f, 0x42, 0x38], 0x90),
    'nested arrays': bomb([], 0x91),
    'nested maps': bomb([], 0x81),
    'one string of bytes that are no UTF-8': bomb([0xdb, 0x00, 0x0f, 0x42, 0x38], 0xff),
  }
  const lines = Object.entries(bombs).flatMap(([name, bytes]) => {
    const runs = Array.from({ length: 7 }, () => {
      const heap = process.memoryUsage().heapUsed
      const started = performance.now()
      let refused = false
      try {
        codec.decode(bytes, 0, bytes.length)
      } catch {
        refused = true
      }
      return { ms: performance.now() - started, MiB: (process.memoryUsage().heapUsed - heap) / 1024 / 1024, refused }
    })
    if (!name.includes('UTF-8')) expect(runs.every(({ refused }) => refused)).toBe(true)
    const ms = atMost(`1 MB of ${name} takes`, Math.min(...runs.map((each) => each.ms)), 5, 'ms')
    const MiB = atMost(`1 MB of ${name} holds`, Math.min(...runs.map((each) => Math.max(0, each.MiB))), 4, 'MiB')
    return [long ? ms : { ...ms, kept: true }, MiB]
  })
  show('bombs', seed, lines)
})
