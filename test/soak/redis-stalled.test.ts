import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RedisLog } from '@wirepact/eventlog-redis'
import { build } from 'esbuild'
import { describe, it, onTestFinished } from 'vitest'
import { until } from '../engines/redis/reader.ts'
import { present, startRedis } from '../engines/servers.ts'
import { provideRedis } from '../setup/engines.mjs'
import { root } from '../setup/workspace.mjs'
import type { NodeOrder, NodeReport } from './redis-stalled.ts'
import { atMost, none, show } from './shown.ts'
import { long, seed } from './size.ts'

const stalledMs = long ? 10_000 : 500
const warmUpMs = long ? 5_000 : 500
const perSecond = 2_000

async function startNode(url: string) {
  const program = join(root, 'test/.tmp/soak/redis-node.mjs')
  await build({
    ...{ bundle: true, format: 'esm', platform: 'node', logLevel: 'error', target: 'node20' },
    entryPoints: [join(root, 'test/soak/redis-node.ts')],
    outfile: program,
    conditions: ['@wirepact/source'],
    external: ['@redis/client'],
  })
  const child: ChildProcess = fork(program, [url])
  onTestFinished(() => void child.kill())
  const state: { now: NodeReport; mostMiB: number } = {
    now: ((await once(child, 'message')) as [NodeReport])[0],
    mostMiB: 0,
  }
  child.on('message', (report: NodeReport) => {
    state.now = report
    state.mostMiB = Math.max(state.mostMiB, report.rssMiB)
  })
  const order = (what: NodeOrder) => void child.send(what)
  return { state, order }
}

describe.runIf(present('redis-server', await provideRedis()))('an engine that stands still', () => {
  it('costs bounded memory, fails what is published in time, and is caught up with', { timeout: 120_000 }, async () => {
    await using engine = await startRedis()
    const url = `redis://127.0.0.1:${engine.port}`
    const { state, order } = await startNode(url)
    order({ perSecond })
    await sleep(warmUpMs)
    state.mostMiB = state.now.rssMiB
    const before = state.now
    engine.stop()
    await sleep(stalledMs)
    const during = state.now
    engine.resume()
    const resumed = performance.now()
    order({ perSecond: 0 })
    await using log = new RedisLog({ url })
    const topics = Array.from({ length: 200 }, (_, n) => `topic ${n}`)
    const records = async () => (await log.heads(topics)).reduce((sum, { offset }) => sum + offset, 0)
    let owed = -1
    // Requests that waited may still be on their way.
    for (let now = await records(); now !== owed; now = await records()) {
      owed = now
      await sleep(150)
    }
    await until('all records were heard', () => state.now.heard >= owed, 20_000)
    const caughtUpMs = performance.now() - resumed
    const said = `${perSecond} publishes of 512 bytes a second, ${during.failed} failed`
    show('redis-stalled', seed, [
      atMost(
        `memory of the node while it stood still for ${stalledMs / 1_000} s (${said})`,
        state.mostMiB - before.rssMiB,
        32,
        'MiB',
      ),
      atMost('a publish failed after', state.now.slowestMs, 5_000, 'ms'),
      atMost('all that the engine has was heard again after', caughtUpMs, 3_000, 'ms'),
      none('records heard twice or not at all', state.now.heard - owed),
      none('gaps', state.now.gaps),
    ])
  })
})
