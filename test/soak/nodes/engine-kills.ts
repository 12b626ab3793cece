import { setTimeout as delay } from 'node:timers/promises'
import { ask } from '../../engines/redis/ask.ts'
import { atMost, none, type Shown } from '../shown.ts'
import type { EngineAddress } from './engine-log.ts'
import { NodeGroup } from './group.ts'
import { type Hearer, hearers, sum } from './hearer.ts'
import { comesTrue, publisherOf } from './publishing.ts'

/** How a call to publish may end while the engine is away. */
const outcomes = ['unavailable', 'deadline-exceeded']

/** Clients that say things without end, through their nodes; what was acknowledged must be heard. */
function saying(all: readonly Hearer[]) {
  const acknowledged: number[] = []
  const failed = new Map<string, number>()
  let next = 1
  let over = false
  const loops = all.map(async ({ client }) => {
    while (!over) {
      const n = next++
      await client.api.say({ n }, { timeoutMs: 8_000 }).then(
        () => acknowledged.push(n),
        ({ code }: { code: string }) => failed.set(code, (failed.get(code) ?? 0) + 1),
      )
      await delay(5)
    }
  })
  const stop = async () => {
    over = true
    await Promise.all(loops)
  }
  return { acknowledged, failed, stop }
}

/** An engine that writes everything down before it answers, and is killed again and again. */
export async function durableEngineKills(
  engine: EngineAddress['name'],
  kills: number,
  clients: number,
): Promise<Shown[]> {
  await using group = await NodeGroup.start(engine, { durable: true })
  const all = await hearers(group.url, clients)
  const { acknowledged, failed, stop } = saying(all)
  for (let kill = 0; kill < kills; kill++) {
    await delay(300 + (kill % 3) * 100)
    await group.engine.kill()
    await delay((kill % 3) * 150)
    await group.engine.start()
  }
  await delay(500)
  await stop()
  const heardBy = (said: readonly number[]) => {
    const heard = new Set(said)
    return acknowledged.filter((n) => !heard.has(n)).length
  }
  await comesTrue(() => all.every(({ said }) => heardBy(said) === 0))
  const words = [...failed].map(([code, count]) => `${code} ${count}`).join(', ')
  await Promise.all(all.map((hearer) => hearer.close()))
  return [
    atMost('engine kills with append-only persistence', kills, kills, ''),
    none(
      `of ${acknowledged.length} acknowledged events lost to any of ${clients} subscribers`,
      sum(all.map(({ said }) => heardBy(said))),
    ),
    none('events twice', sum(all.map(({ said }) => said.length - new Set(said).size))),
    none('gaps', sum(all.map(({ gaps }) => gaps.length))),
    none(
      `publishes that failed otherwise than they may (${words || 'none failed'})`,
      sum([...failed].map(([code, count]) => (outcomes.includes(code) ? 0 : count))),
    ),
  ]
}

/** An engine that keeps nothing, or something old. The numbers of its events tell before which kill they were published. */
export async function forgetfulEngineKills(kills: number, clients: number): Promise<Shown[]> {
  await using group = await NodeGroup.start('redis', { durable: false })
  const server = await publisherOf(group)
  const all = await hearers(group.url, clients)
  const ticksOf = ({ gaps }: Hearer) => gaps.filter((gap) => gap.of === 'tick')
  const say = async (era: number, count: number, from = 0) => {
    for (let n = from; n < from + count; n++) await server.events.tick.publish(era * 1_000 + n)
  }
  let longestMs = 0
  let untold = 0
  for (let kill = 0; kill < kills; kill++) {
    await say(kill, 50)
    // Every other time it comes back with what it had been a moment ago, and not with nothing.
    if (kill % 2 === 1) await ask(group.engine, 'SAVE')
    await say(kill, 50, 50)
    const newest = kill * 1_000 + 99
    await comesTrue(() => all.every(({ ticks }) => ticks.at(-1) === newest))
    await group.engine.kill()
    await group.engine.start()
    const back = performance.now()
    const told = await comesTrue(() => all.every((each) => ticksOf(each).length > kill), 15_000)
    if (!told) untold += all.filter((each) => ticksOf(each).length <= kill).length
    longestMs = Math.max(longestMs, performance.now() - back)
  }
  await say(kills, 50)
  await comesTrue(() => all.every(({ ticks }) => ticks.at(-1) === kills * 1_000 + 49))
  // What stands between two gaps has to be of one time: else somebody carried on with what is not what it had.
  const falsely = all.filter((each) => {
    const ends = [...ticksOf(each).map(({ heard }) => heard), each.ticks.length]
    return ends.some((end, era) =>
      each.ticks.slice(era === 0 ? 0 : ends[era - 1], end).some((n) => Math.floor(n / 1_000) !== era),
    )
  })
  const gaps = all.flatMap(ticksOf)
  await Promise.all(all.map((hearer) => hearer.close()))
  await server.close()
  return [
    atMost('engine kills without persistence, half of them with older data', kills, kills, ''),
    none(`of ${kills * clients} gaps that subscribers should be told of were not`, untold),
    atMost('longest time until a gap was told, from when the engine was back', longestMs / 1_000, 10, 's'),
    none('gaps of another reason than epoch', gaps.filter(({ reason }) => reason !== 'epoch').length),
    none(`of ${clients} subscribers carried on falsely`, falsely.length),
    none(
      `of ${clients} did not hear the last 50 events`,
      all.filter(({ ticks }) => ticks.filter((n) => n >= kills * 1_000).length !== 50).length,
    ),
  ]
}
