import { type ChildProcess, spawn } from 'node:child_process'
import { createCipheriv, createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { open, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SeededRandom } from '@wirepact/testing'
import { afterEach, beforeEach, it } from 'vitest'
import { build } from '../../examples/files/build.mjs'
import { openCuttingWay } from './cutting-way.ts'
import { atMost, none, type Shown, show } from './shown.ts'
import { long, seed } from './size.ts'

const MiB = 1024 * 1024
const size = long ? { bytes: 4096 * MiB, cuts: 20 } : { bytes: 64 * MiB, cuts: 3 }
const token = 'a-token-of-the-tests'

/**
 * As the example's README says for machines with little memory: what was received and written is collected sooner, and
 * given back to the system. Otherwise Node.js lets some 64 MiB of it wait.
 */
const SMALL = { NODE_OPTIONS: '--max-semi-space-size=1', MALLOC_TRIM_THRESHOLD_: '131072' }

const processes: ChildProcess[] = []
let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'files-'))
})
afterEach(async () => {
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  rmSync(folder, { recursive: true })
})

/** The example as a person runs it, with what it prints and the most memory that it had, in MiB. */
function run(main: string, args: readonly string[]) {
  const child = spawn(process.execPath, [main, ...args], {
    cwd: folder,
    env: { ...process.env, ...SMALL, FILES_TOKEN: token },
  })
  processes.push(child)
  const said = { out: '', err: '', peakMiB: 0 }
  child.stdout.on('data', (text) => {
    said.out += text
  })
  child.stderr.on('data', (text) => {
    said.err += text
  })
  const look = setInterval(() => {
    said.peakMiB = Math.max(said.peakMiB, peakOf(child.pid ?? 0))
  }, 50)
  child.once('exit', () => clearInterval(look))
  return { child, said }
}

/** The kernel remembers the most there was; 0 where it does not say. */
function peakOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

async function finished({ child, said }: ReturnType<typeof run>) {
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`it ended with ${code}: ${said.err}`)
  return said
}

/** A file that no compression and no block of zeros makes easier. Gives its checksum. */
async function makeFile(path: string, bytes: number): Promise<string> {
  const stream = createCipheriv('aes-256-ctr', createHash('sha256').update(`seed ${seed}`).digest(), Buffer.alloc(16))
  const hash = createHash('sha256')
  const zeros = Buffer.alloc(4 * MiB)
  const handle = await open(path, 'w')
  for (let at = 0; at < bytes; at += zeros.length) {
    const chunk = stream.update(zeros.subarray(0, Math.min(zeros.length, bytes - at)))
    hash.update(chunk)
    await handle.write(chunk)
  }
  await handle.close()
  return hash.digest('hex')
}

async function sumOf(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: MiB })) hash.update(chunk)
  return hash.digest('hex')
}

it('a large file goes up and down again over a connection that breaks', { timeout: 1_200_000 }, async () => {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < size.bytes * 3.2) throw new Error(`this needs ${(size.bytes * 3.2) / MiB} MiB in ${folder}`)
  const { main } = await build({ into: join(folder, 'built') })
  const server = run(main, ['serve', '--port', '0', '--folder', join(folder, 'stored')])
  while (!server.said.out.includes('\n')) await once(server.child.stdout, 'data')
  const way = await openCuttingWay(Number(/:(\d+)\//.exec(server.said.out)?.[1]))
  const url = `http://127.0.0.1:${way.port}/#${token}`
  const sum = await makeFile(join(folder, 'large.bin'), size.bytes)
  const random = new SeededRandom(seed)
  const positions = () => Array.from({ length: size.cuts }, () => random.below(size.bytes)).sort((a, b) => a - b)

  const transfer = async (args: readonly string[]) => {
    way.plan(positions())
    const [before, began] = [way.cuts, performance.now()]
    const { out, peakMiB } = await finished(run(main, args))
    const rate = size.bytes / MiB / ((performance.now() - began) / 1_000)
    return { out, peakMiB, cuts: way.cuts - before, rate }
  }
  const up = await transfer(['put', url, join(folder, 'large.bin')])
  const down = await transfer(['get', url, 'large.bin', join(folder, 'back.bin')])
  const missing = size.bytes - statSync(join(folder, 'back.bin')).size
  const sums = [up.out.slice(0, 64), down.out.slice(0, 64), await sumOf(join(folder, 'back.bin'))]
  way.close()
  const name = `${size.bytes / MiB} MiB`
  // A short transfer shows what a process needs to begin with, not what it grows to.
  const memory = [
    atMost('most memory of the server', server.said.peakMiB, 120, 'MiB'),
    atMost('of the client that sends', up.peakMiB, 120, 'MiB'),
    atMost('of the client that receives', down.peakMiB, 120, 'MiB'),
  ]
  const lines: Shown[] = [
    none(`bytes of ${name} missing`, missing),
    none('checksums that differ', sums.filter((each) => each !== sum).length),
    ...[up, down].map(({ cuts, rate }, index) => ({
      promise: `times it was cut on its way ${index === 0 ? 'up' : 'down'}, at ${Math.round(rate)} MiB/s`,
      figure: `${cuts}`,
      bound: `${size.cuts}`,
      kept: cuts === size.cuts,
    })),
    ...(long ? memory : []),
  ]
  show('files', seed, lines)
})
