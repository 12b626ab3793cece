import { setTimeout as sleep } from 'node:timers/promises'
import { EventLogError } from '@wirepact/eventlog'
import type { NatsLog } from '@wirepact/eventlog-nats'
import { describe, expect, it } from 'vitest'
import { freePort } from '../engines/engine.ts'
import { MutedWay } from '../engines/nats/muted-way.ts'
import { consumersAt, eventually, freshName, hear, openAt, readAll, text, WIDE } from '../engines/nats/nodes.ts'
import { present, startNats } from '../engines/servers.ts'
import { provideNats } from '../setup/engines.mjs'
import { atMost, none, show } from './shown.ts'
import { long, seed } from './size.ts'

const limitMs = 300_000

describe.runIf(present('nats-server', await provideNats()))('NATS under the same guarantees', () => {
  it('killed again and again: what was acknowledged is there, once, and nobody is told of a gap', kills, limitMs)
  it('held still: what is published fails typed and soon, and all is caught up after', stop, limitMs)
  it('replies that are lost: one record each', lostReplies, limitMs)
  it('many topics, and many who listen to one', crowds, limitMs)
})

async function kills() {
  const rounds = long ? 20 : 2
  const topics = 8
  await using engine = await startNats()
  const all = { name: freshName(), totalBytes: 256 * 1024 * 1024, recordsPerTopic: 1_000_000 }
  const [one, other] = [await openAt(engine.port, all), await openAt(engine.port, all)]
  const heard = await Promise.all(Array.from({ length: topics }, (_, topic) => hear(other, `${topic}`)))
  const running = { on: true }
  const acknowledged = Array.from({ length: topics }, () => new Set<string>())
  const failures: unknown[] = []
  const writers = acknowledged.map(async (done, topic) => {
    for (let n = 0; running.on; n++) {
      await Promise.resolve(one.append(`${topic}`, text(`${n}`), { dedupeKey: `${n}` })).then(
        () => done.add(`${n}`),
        (error: unknown) => failures.push(error),
      )
      if (n % 50 === 0) await sleep(1)
    }
  })
  let slowest = 0
  for (let round = 0; round < rounds; round++) {
    await sleep(200)
    await engine.kill()
    await sleep(round % 3 === 0 ? 500 : 20)
    await engine.start()
    const started = performance.now()
    const before = acknowledged[0]!.size
    await eventually('appends are acknowledged again', () => acknowledged[0]!.size > before)
    slowest = Math.max(slowest, performance.now() - started)
  }
  running.on = false
  await Promise.all(writers)
  const count = { lost: 0, unread: 0, twice: 0, gaps: 0 }
  for (const [topic, done] of acknowledged.entries()) {
    const { records, gaps, watch } = heard[topic]!
    const head = await one.head(`${topic}`)
    await eventually('all is heard', () => records.at(-1)?.offset === head.offset)
    const said = records.map(({ data }) => new TextDecoder().decode(data))
    count.twice += said.length - new Set(said).size
    count.gaps += gaps.length
    const once = new Set(said)
    for (const n of done) if (!once.has(n)) count.lost++
    const read = await readAll(one, `${topic}`, watch.position)
    if (read.length !== records.length) count.unread++
  }
  await Promise.all([one.close(), other.close()])
  const sum = acknowledged.reduce((before, { size }) => before + size, 0)
  show('nats', seed, [
    none(`of ${sum} acknowledged records, lost in ${rounds} kills`, count.lost),
    none('records that came twice', count.twice),
    none('topics read otherwise than they were heard', count.unread),
    none('gaps', count.gaps),
    none('appends that failed otherwise than unavailable', failures.filter((error) => !isUnavailable(error)).length),
    atMost('until appends go on after a kill, longest', slowest, 3_000, 'ms'),
  ])
}

async function stop() {
  const stoppedMs = long ? 10_000 : 1_500
  // As short as the stop is here, appends must be less patient to fail in it.
  const patience = long ? {} : { timeoutMs: 1_000 }
  await using engine = await startNats()
  const name = freshName()
  const [one, other] = [
    await openAt(engine.port, { name, ...patience }),
    await openAt(engine.port, { name, ...patience }),
  ]
  const heard = await hear(other, 'a')
  const running = { on: true }
  const took: number[] = []
  const wrong: unknown[] = []
  let lastAcknowledged = 0
  const before = process.memoryUsage().rss
  let most = 0
  const publish = async (n: number) => {
    const at = performance.now()
    try {
      lastAcknowledged = Math.max(
        lastAcknowledged,
        (await one.append('a', new Uint8Array(1_000), { dedupeKey: `${n}` })).offset,
      )
    } catch (error) {
      took.push(performance.now() - at)
      if (!isUnavailable(error)) wrong.push(error)
    }
  }
  const publisher = (async () => {
    for (let n = 0; running.on; n++) {
      void publish(n)
      most = Math.max(most, process.memoryUsage().rss - before)
      await sleep(1)
    }
  })()
  await sleep(300)
  engine.stop()
  await sleep(stoppedMs)
  engine.resume()
  const resumed = performance.now()
  const stood = lastAcknowledged
  await eventually('published again', () => lastAcknowledged > stood)
  const target = lastAcknowledged
  await eventually('caught up', () => (heard.records.at(-1)?.offset ?? 0) >= target)
  const caughtUp = performance.now() - resumed
  running.on = false
  await publisher
  await eventually('none waits', () => one.load.pendingRecords === 0)
  const holes = heard.records.filter(({ offset }, n) => n > 0 && offset !== heard.records[n - 1]!.offset + 1).length
  await Promise.all([one.close(), other.close()])
  expect(took.length).toBeGreaterThan(100)
  show('nats', seed, [
    atMost(
      `held still for ${stoppedMs} ms: until a publish failed, longest of ${took.length}`,
      Math.max(...took),
      5_000,
      'ms',
    ),
    none('that failed otherwise than unavailable', wrong.length),
    none('holes and gaps', holes + heard.gaps.length),
    atMost('until all was caught up', caughtUp, 3_000, 'ms'),
    atMost('resident memory, grown by', most / 2 ** 20, 32, 'MiB'),
  ])
}

async function lostReplies() {
  const wanted = long ? 1_000 : 100
  await using engine = await startNats()
  const way = new MutedWay(engine.port)
  const name = freshName()
  const [log, beside] = [await openAt(await way.listen(), { name }), await openAt(engine.port, { name })]
  const topics = Array.from({ length: 50 }, (_, n) => `${n}`)
  const starts = await beside.heads(topics)
  // Where a topic stands is known from its first append on: what is asked after it is nothing but to be stored.
  await Promise.all(topics.map((topic) => log.append(topic, text('first'))))
  const answered = new Set<string>()
  let lost = 0
  for (let round = 0; lost < wanted; round++, lost += topics.length) {
    const stood = await standing(beside, topics)
    way.mute()
    const appends = Promise.all(
      topics.map(async (topic, n) => {
        const { offset } = await log.append(topic, text(`${round}`), n % 2 === 0 ? { dedupeKey: `${round}` } : {})
        answered.add(`${topic} ${offset} ${round}`)
      }),
    )
    appends.catch(() => {})
    const all = stood + topics.length
    await eventually('stored, and nobody was told', async () => (await standing(beside, topics)) === all)
    way.cut()
    await appends
  }
  let records = 0
  let elsewhere = 0
  for (const [n, topic] of topics.entries()) {
    const read = await beside.read(topic, starts[n]!, WIDE)
    for (const { offset, data } of read.records.slice(1)) {
      records++
      if (!answered.has(`${topic} ${offset} ${new TextDecoder().decode(data)}`)) elsewhere++
    }
  }
  await Promise.all([log.close(), beside.close()])
  await way.close()
  show('nats', seed, [
    none(`of ${lost} appends whose replies were lost, records missing or doubled`, Math.abs(records - lost)),
    none('records elsewhere than was answered', elsewhere),
  ])
}

async function standing(log: NatsLog, topics: readonly string[]): Promise<number> {
  return (await log.heads(topics)).reduce((sum, { offset }) => sum + offset, 0)
}

async function crowds() {
  const many = long ? 10_000 : 500
  const monitor = await freePort()
  await using engine = await startNats('-m', `${monitor}`)
  const count = async (what: string): Promise<number> => {
    const answer = await fetch(`http://127.0.0.1:${monitor}/${what}`)
    return Number(
      ((await answer.json()) as Record<string, unknown>)[what === 'connz' ? 'num_connections' : 'num_subscriptions'],
    )
  }
  const name = freshName()
  const [one, other] = [await openAt(engine.port, { name }), await openAt(engine.port, { name })]
  const before = { connections: await count('connz'), subscriptions: await count('subsz') }
  const topics = Array.from({ length: many }, (_, n) => `topic ${n}`)
  const heard = await Promise.all(topics.map((topic) => hear(other, topic)))
  const opened = { connections: await count('connz'), subscriptions: await count('subsz') }
  await Promise.all(topics.map((topic, n) => one.append(topic, text(`${n}`))))
  await eventually('each hears its own', () => heard.every(({ records }) => records.length === 1), 60_000)
  const wrong = heard.filter(
    ({ records, gaps }, n) => new TextDecoder().decode(records[0]!.data) !== `${n}` || gaps.length > 0,
  )
  for (const { watch } of heard) watch.close()
  const crowd = await Promise.all(topics.map(() => hear(other, 'one')))
  const shared = await count('subsz')
  for (let n = 0; n < 10; n++) await one.append('one', text(`${n}`))
  await eventually('all hear all', () => crowd.every(({ records }) => records.length === 10), 60_000)
  for (const { watch } of crowd) watch.close()
  await eventually('subscriptions are given back', async () => (await count('subsz')) <= before.subscriptions)
  const consumers = await consumersAt(engine)
  await Promise.all([one.close(), other.close()])
  show('nats', seed, [
    none(`${many} topics with a listener each: connections more than before`, opened.connections - before.connections),
    none('subscriptions beside one for each topic', opened.subscriptions - before.subscriptions - many),
    none('that heard something else', wrong.length),
    none(`one topic with ${many} listeners: subscriptions beside one`, shared - before.subscriptions - 1),
    none('consumers left', consumers),
  ])
}

function isUnavailable(error: unknown): boolean {
  return error instanceof EventLogError && error.code === 'unavailable'
}
