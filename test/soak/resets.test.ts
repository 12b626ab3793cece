import { setTimeout as delay } from 'node:timers/promises'
import { connect } from '@wirepact/client/node'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { SeededRandom } from '@wirepact/testing'
import { it, onTestFinished } from 'vitest'
import { crowd } from './crowd.ts'
import { FaultProxy } from './fault-proxy.ts'
import { none, show } from './shown.ts'
import { long, seed } from './size.ts'
import { sumOf, Tally } from './tally.ts'

const size = long
  ? { clients: 200, resets: 50, rooms: 20, events: 100_000, calls: 20_000 }
  : { clients: 20, resets: 5, rooms: 4, events: 2_000, calls: 500 }

const callsEach = size.calls / size.clients
const eventsEach = size.events / size.rooms
const tallies = (count: number, made: number) => Array.from({ length: count }, () => new Tally(made))
const askedBack = (n: number) => n % 10 === 0

async function serve() {
  const handled = tallies(size.clients, callsEach)
  const noted = tallies(size.clients, callsEach)
  const sessions = { begun: 0, resumed: 0 }
  const server = createServer(crowd, {
    report: () => {},
    onSession: () => void sessions.begun++,
    onReturn: () => void sessions.resumed++,
    handlers: {
      async work({ input: { client, n }, connection }) {
        handled[client]?.heard(n)
        if (askedBack(n)) await connection.api.confirm({ n: n / 10 }, { timeoutMs: patienceMs })
        else if (n % 3 === 0) await delay(n % 20)
        return n
      },
      echo: ({ input }) => input,
      note: ({ input: { client, n } }) => void noted[client]?.heard(n),
    },
  })
  const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
  onTestFinished(() => server.close())
  return { server, port, handled, noted, sessions }
}

/** One client behind a proxy of its own. */
async function participant(index: number, port: number) {
  const random = new SeededRandom(seed * 1_000 + index)
  const proxy = new FaultProxy({ target: port, random, faults: size.resets })
  const url = `ws://127.0.0.1:${await proxy.listen()}`
  const confirmed = new Tally(Math.ceil(callsEach / 10))
  const heard = new Tally(eventsEach)
  const seen = { gaps: 0, wrong: 0, failed: [] as string[] }
  const client = connect(crowd, url, {
    reconnect: { baseMs: 5, capMs: 20, firstMs: 5 },
    timeoutMs: patienceMs,
    report: () => {},
    handlers: {
      confirm: ({ input: { n } }) => {
        confirmed.heard(n)
        return true
      },
    },
  })
  const room = index % size.rooms
  const subscription = client.events.tick.subscribe(
    { room },
    { next: ({ n }) => heard.heard(n), gap: () => seen.gaps++ },
  )
  onTestFinished(async () => {
    await client.close()
    await proxy.close()
  })
  return { index, proxy, client, ready: subscription.ready, random, confirmed, heard, seen }
}

type Participant = Awaited<ReturnType<typeof participant>>

/** Spreads its calls over the run, and keeps bytes moving until every reset has happened. */
async function run({ index, client, proxy, random, seen }: Participant, progress: () => number): Promise<void> {
  const { api } = client
  // A notification does not wait for the first connection: it fails where there is no session to carry it.
  await client.connected()
  const calls: Promise<void>[] = []
  const failed = (error: { readonly code: string }) => void seen.failed.push(error.code)
  const work = (n: number) => {
    api.note({ client: index, n }).catch(failed)
    calls.push(
      api.work({ client: index, n }).then((answer) => {
        if (answer !== n) seen.wrong++
      }, failed),
    )
  }
  while (calls.length < callsEach || !proxy.spent) {
    while (calls.length < Math.min(callsEach, progress() * callsEach)) work(calls.length)
    const bytes = new Uint8Array(1 + random.below(2_000)).fill(random.below(256))
    try {
      const answer = await api.echo(bytes)
      if (Buffer.compare(answer, bytes) !== 0) seen.wrong++
    } catch (error) {
      failed(error as { readonly code: string })
    }
  }
  await Promise.all(calls)
}

const patienceMs = 120_000

it('lose nothing, double nothing and reorder nothing: resets at random bytes', { timeout: 900_000 }, async () => {
  const started = performance.now()
  const { server, port, handled, noted, sessions } = await serve()
  const participants: Participant[] = []
  for (let index = 0; index < size.clients; index++) participants.push(await participant(index, port))
  const resets = () => participants.reduce((sum, { proxy }) => sum + proxy.faults, 0)
  let progress = 0
  let published = 0
  const publish = async () => {
    // A subscription begins where it was made: what was published before is not its to hear.
    await Promise.all(participants.map(({ ready }) => ready))
    while (published < size.events) {
      // A little ahead of the resets, so that none is left without anything to disturb.
      progress = Math.min(1, 0.01 + (1.05 * resets()) / (size.clients * size.resets))
      for (; published < progress * size.events; published++)
        void server.events.tick.publish({ room: published % size.rooms }, { n: Math.floor(published / size.rooms) })
      await delay(5)
    }
    progress = 1
  }
  await Promise.all([publish(), ...participants.map((each) => run(each, () => progress))])
  const heard = participants.map((each) => each.heard)
  const confirmed = participants.map((each) => each.confirmed)
  const missing = () => sumOf([...heard, ...noted, ...confirmed]).lost
  // What is lost for good never comes; what is merely late has this long.
  for (const until = performance.now() + 10_000; missing() > 0 && performance.now() < until; ) await delay(20)
  const result = {
    events: sumOf(heard),
    falseGaps: participants.reduce((sum, { seen }) => sum + seen.gaps, 0),
    handlers: sumOf(handled),
    handlersOfClients: sumOf(confirmed),
    notifications: sumOf(noted),
    wrongAnswers: participants.reduce((sum, { seen }) => sum + seen.wrong, 0),
    failedCalls: participants.flatMap(({ seen }) => seen.failed),
  }
  const seconds = Math.round((performance.now() - started) / 1000)
  const delivered = size.events * (size.clients / size.rooms)
  const memory = Math.round(process.memoryUsage().rss / 1024 / 1024)
  console.log(
    `resets: seed ${seed}, ${size.clients} clients, ${resets()} resets, ${sessions.begun} sessions, ${sessions.resumed} resumes, ` +
      `${size.events} events (${delivered} deliveries), ${size.calls} calls, ${seconds} s, RSS ${memory} MiB: ${JSON.stringify(result)}`,
  )
  const { events } = result
  const others = [result.handlers, result.handlersOfClients, result.notifications]
  const sum = (what: 'lost' | 'duplicated' | 'outOfOrder') => others.reduce((total, each) => total + each[what], 0)
  const least = size.clients * size.resets
  show('resets', seed, [
    {
      promise: 'connections reset at random bytes',
      figure: `${resets()}`,
      bound: `≥ ${least}`,
      kept: resets() >= least,
    },
    // Without resumes in the middle of it all, this shows nothing.
    {
      promise: 'sessions resumed',
      figure: `${sessions.resumed}`,
      bound: `> ${least / 2}`,
      kept: sessions.resumed > least / 2,
    },
    none(`of ${delivered} deliveries lost`, events.lost),
    none('events twice', events.duplicated),
    none('events out of order', events.outOfOrder),
    none('false gaps', result.falseGaps),
    none(`of ${size.calls} calls failed`, result.failedCalls.length),
    none('wrong answers', result.wrongAnswers),
    none('handlers that did not run', sum('lost')),
    none('handlers that ran twice', sum('duplicated')),
    none('handlers out of order', sum('outOfOrder')),
  ])
})
