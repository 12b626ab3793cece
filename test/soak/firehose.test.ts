import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { build } from 'esbuild'
import { it, onTestFinished } from 'vitest'
import { root } from '../setup/workspace.mjs'
import type { HoseOrder, HoseReport } from './hose.ts'
import { HoseClient, percentile, policies } from './hose-client.ts'
import { atMost, none, type Shown, show } from './shown.ts'
import { long, seed } from './size.ts'

const size = { clients: 500, stalled: 50, bytes: 8 * 1024, everyMs: 25, warmUpMs: 3_000 }
/** From when they stop: until the system takes no more from the server, until some come back, and until the others do. */
const times = { fullMs: 2_000, briefMs: 3_500, caughtUpMs: 5_000, lateMs: 9_500 }
/** What the log keeps of the topic: more than comes while some stop briefly, less than while the others do. */
const logBytes = 1024 * 1024

/** A server in a process of its own. */
async function startServer() {
  const program = join(root, 'test/.tmp/soak/hose-server.mjs')
  await build({
    ...{ bundle: true, format: 'esm', platform: 'node', logLevel: 'error', target: 'node20' },
    entryPoints: [join(root, 'test/soak/hose-server.ts')],
    outfile: program,
    conditions: ['@wirepact/source'],
  })
  const child: ChildProcess = fork(program, [String(logBytes)])
  onTestFinished(() => void child.kill())
  const [first] = (await once(child, 'message')) as [HoseReport]
  const state = { rssMiB: 0, mostMiB: 0, published: 0, connections: 0 }
  child.on('message', (report: HoseReport) => {
    if (!('rssMiB' in report)) return
    Object.assign(state, report)
    state.mostMiB = Math.max(state.mostMiB, report.rssMiB)
  })
  const order = (what: HoseOrder) => void child.send(what)
  return { url: `ws://127.0.0.1:${'port' in first ? first.port : 0}`, state, order, child }
}

/** One run; `stalled` of the clients stop reading in it. */
async function run(stalled: number) {
  const { url, state, order, child } = await startServer()
  const clients: HoseClient[] = []
  for (let index = 0; index < size.clients; index++) {
    const policy = index < size.stalled ? policies[index % policies.length] : 'catchup'
    const client = new HoseClient(url, policy ?? 'catchup', index < size.stalled)
    clients.push(client)
    if (index % 25 === 24) await Promise.all(clients.slice(-25).map(({ ready }) => ready))
  }
  // Those that never stop are the same in each run, and read everything.
  const [slow, healthy] = [clients.slice(0, size.stalled), clients.slice(size.stalled)]
  const stop = slow.slice(0, stalled)
  const measure = (what: HoseClient['measuring']) => {
    for (const client of healthy) client.measuring = what
  }
  order({ publish: { everyMs: size.everyMs, bytes: size.bytes } })
  await delay(size.warmUpMs)
  for (const client of stop) client.stop()
  order('ballast')
  await delay(times.fullMs)
  measure('still')
  await delay(times.briefMs - times.fullMs)
  // Half of them come back soon, while the log has all that they missed.
  measure('catchingUp')
  for (const client of stop.filter((_, index) => index % 8 < 4)) {
    client.brief = true
    client.go()
  }
  await delay(times.caughtUpMs - times.briefMs)
  measure('still')
  await delay(times.lateMs - times.caughtUpMs)
  measure(undefined)
  const { mostMiB } = state
  for (const client of stop) client.go()
  await delay(500)
  order('stop')
  // Told every 200 ms, once the server has come to it.
  for (let before = -1; before !== state.published; await delay(1_000)) before = state.published
  for (const client of clients) client.newest = state.published
  for (const until = performance.now() + 30_000; !clients.every(({ done }) => done) && performance.now() < until; )
    await delay(50)
  const p99 = (what: 'still' | 'catchingUp') =>
    percentile(
      healthy.flatMap(({ latencies }) => latencies[what]),
      0.99,
    )
  const result = {
    healthy,
    stop,
    published: state.published,
    mostMiB,
    stillMs: p99('still'),
    catchingUpMs: p99('catchingUp'),
  }
  await Promise.all(clients.map((client) => client.close()))
  order('end')
  await once(child, 'exit')
  return result
}

type Run = Awaited<ReturnType<typeof run>>

function ofStalled(stop: readonly HoseClient[]): Shown[] {
  const of = (policy: string) => stop.filter((client) => client.policy === policy)
  const count = (clients: readonly HoseClient[], fact: (client: HoseClient) => boolean) => clients.filter(fact).length
  const survivors = stop.filter(({ policy }) => policy !== 'close')
  const gaps = of('catchup').map((client) => client.gaps.filter(({ reason }) => reason === 'slow').length)
  const brief = of('catchup').filter((client) => client.brief)
  return [
    none(
      `of ${survivors.length} that stopped did not come to the newest event`,
      count(survivors, (client) => client.last !== client.newest),
    ),
    none(
      'of those that stopped saw an event twice or out of order',
      count(stop, (client) => client.wrong > 0),
    ),
    none(
      'of those that stopped had a hole that nothing told of',
      count(stop, (client) => client.holes > 0),
    ),
    none(
      `catchup: of ${brief.length} that came back soon had a gap`,
      count(brief, (client) => client.gaps.length > 0),
    ),
    {
      promise: `catchup: of ${gaps.length - brief.length} that came back late had one gap, slow`,
      figure: `${gaps.filter((each) => each === 1).length}`,
      bound: 'all',
      kept: gaps.filter((each) => each === 1).length === gaps.length - brief.length && gaps.every((each) => each <= 1),
    },
    none(
      'gaps of another kind',
      stop.flatMap((client) => client.gaps).filter(({ reason }) => reason !== 'slow').length,
    ),
    {
      promise: `drop: of ${of('drop').length} were told how many they missed`,
      figure: `${count(of('drop'), (client) => client.dropped > 0)}`,
      bound: 'all',
      kept: of('drop').every((client) => client.dropped > 0 && client.gaps.length === 0),
    },
    {
      promise: `latest: of ${of('latest').length} got the newest, and fewer`,
      figure: `${count(of('latest'), (client) => client.heard < client.newest && client.gaps.length === 0)}`,
      bound: 'all',
      kept: of('latest').every((client) => client.heard < client.newest && client.gaps.length === 0),
    },
    {
      promise: `close: of ${of('close').length} were ended with resource-exhausted`,
      figure: `${count(of('close'), (client) => client.ended.join() === 'resource-exhausted')}`,
      bound: 'all',
      kept: of('close').every((client) => client.ended.join() === 'resource-exhausted'),
    },
  ]
}

/** The p99 of a run in which nobody stops: above this the machine does too much else for a pair to say anything. */
const busyMs = 60

async function firehose(): Promise<void> {
  const pairs: { without: Run; with: Run }[] = []
  // The machine is not the same at all times: each run has another beside it, in changing order.
  for (let pair = 0; pairs.length < 3 && pair < 6; pair++) {
    const first = await run(pair % 2 === 0 ? 0 : size.stalled)
    const second = await run(pair % 2 === 0 ? size.stalled : 0)
    const each = pair % 2 === 0 ? { without: first, with: second } : { without: second, with: first }
    if (each.without.stillMs <= busyMs) pairs.push(each)
    const words = ({ stillMs, catchingUpMs, mostMiB, published }: Run) =>
      `${published} events, p99 ${stillMs.toFixed(1)} ms (${catchingUpMs.toFixed(1)} ms while the first come back), RSS ${mostMiB.toFixed(0)} MiB`
    console.log(`firehose: pair ${pair + 1}: without: ${words(each.without)}; with: ${words(each.with)}`)
  }
  if (pairs.length < 3) throw new Error('the machine is too busy for a firehose: nothing can be said of its time')
  const middle = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] as number
  const all = pairs.flatMap(({ without, with: other }) => [...without.healthy, ...other.healthy])
  show('firehose', seed, [
    atMost(
      'RSS more than without them (the worst of 3 pairs)',
      Math.max(...pairs.map(({ without, with: other }) => other.mostMiB - without.mostMiB)),
      70,
      'MiB',
    ),
    atMost(
      'p99 of the others more than without them (the middle of 3 pairs)',
      middle(pairs.map(({ without, with: other }) => other.stillMs - without.stillMs)),
      5,
      'ms',
    ),
    none(
      `of ${all.length} that read all the time missed anything`,
      all.filter(
        (client) => client.holes + client.wrong + client.gaps.length + client.dropped + client.ended.length > 0,
      ).length,
    ),
    ...ofStalled(pairs.flatMap(({ with: other }) => other.stop)),
  ])
}

// Without the times, which a busy machine has no use for, test/integration/firehose.test.ts is its short form.
it.runIf(long)(
  'subscribers that stop reading cost neither memory nor the others’ time',
  { timeout: 1_200_000 },
  firehose,
)
