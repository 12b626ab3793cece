import { setTimeout as sleep } from 'node:timers/promises'
import { EventLogError } from '@wirepact/eventlog'
import type { NatsLog } from '@wirepact/eventlog-nats'
import { SeededRandom } from '@wirepact/testing'
import { describe, it } from 'vitest'
import type { Engine } from '../engines/engine.ts'
import { MutedWay } from '../engines/nats/muted-way.ts'
import { eventually, freshName, type Heard, hear, openAt, readAll, text } from '../engines/nats/nodes.ts'
import { present, startNats } from '../engines/servers.ts'
import { provideNats } from '../setup/engines.mjs'
import { none, type Shown, show } from './shown.ts'
import { long, seed } from './size.ts'

const runs = long ? 6 : 1
const lastsMs = long ? 15_000 : 2_500
const topics = ['a', 'b', 'c.*.>']
const bounds = { totalBytes: 256 * 1024 * 1024, recordsPerTopic: 1_000_000, timeoutMs: 2_000 }

/** What a publisher was told of one append. */
interface Answer {
  readonly said: string
  readonly offset: number
}

describe.runIf(present('nats-server', await provideNats()))('three nodes of one log, and every fault at random', () => {
  it('one order for all, without holes, in which every acknowledged record is once, where it was said', {
    timeout: 300_000,
  }, async () => {
    const lines: Shown[] = []
    for (let run = 0; run < runs; run++) lines.push(...(await chaos(new SeededRandom(seed + run))))
    show('nats-chaos', seed, lines)
  })
})

async function chaos(random: SeededRandom): Promise<Shown[]> {
  await using engine = await startNats()
  const ways = [1, 2, 3].map(() => new MutedWay(engine.port))
  const name = freshName()
  const nodes = await Promise.all(ways.map(async (way) => openAt(await way.listen(), { name, ...bounds })))
  const heard = await Promise.all(nodes.flatMap((node) => topics.map((topic) => hear(node, topic))))
  const running = { on: true }
  const answers = new Map<string, Answer[]>(topics.map((topic) => [topic, []]))
  const wrong: unknown[] = []
  const publishers = nodes.flatMap((node, who) =>
    topics.map((topic) => publish({ node, topic, who: `${who}`, running, answers: answers.get(topic)!, wrong })),
  )
  const faults = await harm(engine, ways, random)
  running.on = false
  await Promise.all(publishers)
  const count = { gaps: 0, lost: 0, doubled: 0, elsewhere: 0, otherwise: 0 }
  for (const [nth, topic] of topics.entries()) {
    const told = topics.length === 0 ? [] : heard.filter((_, n) => n % topics.length === nth)
    await compare(nodes[0]!, topic, told, answers.get(topic)!, count)
  }
  await Promise.all(nodes.map((node) => node.close()))
  for (const way of ways) await way.close()
  const sum = [...answers.values()].reduce((before, { length }) => before + length, 0)
  return [
    none(`${faults} faults, of ${sum} acknowledged records lost`, count.lost),
    none('records that are there twice', count.doubled),
    none('records elsewhere than was answered', count.elsewhere),
    none('listeners that heard otherwise than is read', count.otherwise),
    none('gaps', count.gaps),
    none('appends that failed otherwise than unavailable', wrong.length),
  ]
}

async function publish(work: {
  readonly node: NatsLog
  readonly topic: string
  readonly who: string
  readonly running: { on: boolean }
  readonly answers: Answer[]
  readonly wrong: unknown[]
}): Promise<void> {
  const { node, topic, who, running, answers, wrong } = work
  for (let n = 0; running.on; n++) {
    const said = `${who}:${n}`
    const append = async (options: object): Promise<void> => {
      try {
        answers.push({ said, offset: (await node.append(topic, text(said), options)).offset })
      } catch (error) {
        if (!(error instanceof EventLogError && error.code === 'unavailable')) wrong.push(error)
        // With a key it may be repeated: it is one all the same.
        else if ('dedupeKey' in options && running.on) await append(options)
      }
    }
    if (n % 3 === 0) await append({ dedupeKey: said })
    else await append({})
    if (n % 20 === 0) await sleep(1)
  }
}

/** Cuts, mutes, stops and kills, until the time is over; then all is well. Answers how many there were. */
async function harm(engine: Engine, ways: readonly MutedWay[], random: SeededRandom): Promise<number> {
  const until = performance.now() + lastsMs
  let faults = 0
  while (performance.now() < until) {
    await sleep(random.below(120))
    faults++
    const way = ways[random.below(ways.length)]!
    switch (random.below(6)) {
      case 0:
        engine.stop()
        await sleep(random.below(300))
        engine.resume()
        break
      case 1:
        await engine.kill()
        await sleep(random.below(200))
        await engine.start()
        break
      case 2:
      case 3:
        way.mute()
        await sleep(random.below(50))
        way.cut()
        break
      default:
        way.cut()
    }
  }
  return faults
}

async function compare(
  node: NatsLog,
  topic: string,
  heard: readonly Heard[],
  answers: readonly Answer[],
  count: { gaps: number; lost: number; doubled: number; elsewhere: number; otherwise: number },
): Promise<void> {
  const ready = async () => (await Promise.resolve(node.head(topic)).catch(() => undefined)) !== undefined
  await eventually('the engine answers', ready)
  const records = await readAll(node, topic, heard[0]!.watch.position)
  const stored = records.map(({ offset, data }) => `${offset} ${new TextDecoder().decode(data)}`)
  for (const { records: live, gaps, watch } of heard) {
    await eventually('all is heard', () => live.length >= records.length, 30_000).catch(() => {})
    const told = live.map(({ offset, data }) => `${offset} ${new TextDecoder().decode(data)}`)
    const holes = live.some(({ offset }, n) => offset !== watch.position.offset + 1 + n)
    if (holes || told.join() !== stored.slice(stored.length - told.length).join() || told.length !== stored.length) {
      count.otherwise++
    }
    count.gaps += gaps.length
  }
  const all = new Set(stored)
  count.doubled += stored.length - new Set(stored.map((each) => each.slice(each.indexOf(' ')))).size
  const said = new Set(stored.map((each) => each.slice(each.indexOf(' ') + 1)))
  for (const answer of answers) {
    if (!said.has(answer.said)) count.lost++
    else if (!all.has(`${answer.offset} ${answer.said}`)) count.elsewhere++
  }
}
