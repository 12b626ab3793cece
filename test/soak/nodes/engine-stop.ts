import { setTimeout as delay } from 'node:timers/promises'
import { EventLogError } from '@wirepact/eventlog'
import { atMost, none, type Shown } from '../shown.ts'
import { long } from '../size.ts'
import type { EngineAddress } from './engine-log.ts'
import { NodeGroup } from './group.ts'
import { hearers, sum } from './hearer.ts'
import { comesTrue, publisherOf } from './publishing.ts'

const perSecond = 1_000

/** An engine that stands still, connections open, while nodes are asked to publish. */
export async function engineStop(engine: EngineAddress['name'], stopMs: number, clients: number): Promise<Shown[]> {
  await using group = await NodeGroup.start(engine, { durable: true })
  const server = await publisherOf(group)
  const all = await hearers(group.url, clients)
  const seen = { longestMs: 0, failed: 0, wrong: 0, calls: 0, callFailures: 0 }
  const acknowledged: number[] = []
  let over = false
  let made = 0
  const publish = async (n: number) => {
    const began = performance.now()
    try {
      await server.events.tick.publish(n)
      acknowledged.push(n)
    } catch (error) {
      seen.failed++
      if (!(error instanceof EventLogError && error.code === 'unavailable')) seen.wrong++
      seen.longestMs = Math.max(seen.longestMs, performance.now() - began)
    }
  }
  const publishing = (async () => {
    const began = performance.now()
    for (; !over; await delay(10))
      for (; made < ((performance.now() - began) / 1_000) * perSecond; ) void publish(++made)
  })()
  // What the nodes themselves are asked to do meanwhile: each call waits in them until it fails.
  const calling = all.map(async ({ client }) => {
    for (let n = 0; !over; n++, await delay(20)) {
      seen.calls++
      void client.api.say({ n: 0 }, { timeoutMs: 8_000 }).catch(() => seen.callFailures++)
    }
  })
  await delay(1_500)
  const before = await rss(group)
  let most = before
  group.engine.stop()
  for (const end = performance.now() + stopMs; performance.now() < end; await delay(200)) {
    const now = await rss(group)
    most = most.map((each, index) => Math.max(each, now[index] ?? 0))
  }
  group.engine.resume()
  const back = performance.now()
  const [newest] = await Promise.all([mark(server)])
  await comesTrue(() => all.every(({ ticks }) => ticks.includes(newest)))
  const caughtUpMs = performance.now() - back
  over = true
  await Promise.all([publishing, ...calling])
  const lost = () =>
    sum(
      all.map(({ ticks }) => {
        const heard = new Set(ticks)
        return acknowledged.filter((n) => !heard.has(n)).length
      }),
    )
  await comesTrue(() => lost() === 0)
  const lines = [
    atMost(
      `a node's RSS more while the engine stood still for ${stopMs / 1_000} s, with ${perSecond} publishes/s and ${seen.calls} calls`,
      Math.max(...most.map((each, index) => each - (before[index] ?? 0))),
      32,
      'MiB',
    ),
    { promise: 'publishes failed at all', figure: `${seen.failed}`, bound: '> 0', kept: seen.failed > 0 },
    none('publishes that failed otherwise than unavailable', seen.wrong),
    // Where many tests run side by side, times say nothing.
    ...(long
      ? [
          atMost(`longest of ${seen.failed} publishes that failed`, seen.longestMs / 1_000, 5, 's'),
          atMost('all subscribers caught up, from when the engine went on', caughtUpMs / 1_000, 3, 's'),
        ]
      : []),
    none(`of ${acknowledged.length * clients} acknowledged events lost`, lost()),
    none('events twice', sum(all.map(({ ticks }) => ticks.length - new Set(ticks).size))),
    none('gaps', sum(all.map(({ gaps }) => gaps.length))),
  ]
  await Promise.all(all.map((hearer) => hearer.close()))
  await server.close()
  return lines
}

/** Publishes one more, as soon as that works; gives its number, which is nobody else's. */
async function mark(server: Awaited<ReturnType<typeof publisherOf>>): Promise<number> {
  for (let n = -1; ; n--) {
    try {
      await server.events.tick.publish(n)
      return n
    } catch {
      await delay(10)
    }
  }
}

async function rss(group: NodeGroup): Promise<number[]> {
  const reports = await Promise.all(group.ports.map((_, index) => group.report(index)))
  return reports.map(({ rssMiB }) => rssMiB)
}
