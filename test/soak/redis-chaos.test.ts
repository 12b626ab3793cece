import { setTimeout as sleep } from 'node:timers/promises'
import type { Position } from '@wirepact/eventlog'
import { RedisLog } from '@wirepact/eventlog-redis'
import { SeededRandom } from '@wirepact/testing'
import { describe, it } from 'vitest'
import type { Engine } from '../engines/engine.ts'
import { ask } from '../engines/redis/ask.ts'
import { Gate } from '../engines/redis/gate.ts'
import { bytesOf, numberOf, until } from '../engines/redis/reader.ts'
import { present, startRedis } from '../engines/servers.ts'
import { provideRedis } from '../setup/engines.mjs'
import { none, show } from './shown.ts'
import { long, seed } from './size.ts'

const steps = long ? 600 : 20
const nodes = 3
const topics = ['a', 'b']

/** What is at one place of a topic: the same for everybody, for ever. */
class Truth {
  readonly #at = new Map<string, number>()
  readonly wrong: string[] = []

  place(topic: string, { epoch, offset }: Position, n: number): void {
    const place = `${topic} ${epoch} ${offset}`
    const known = this.#at.get(place)
    if (known !== undefined && known !== n) this.wrong.push(`${place} is ${known} and ${n}`)
    this.#at.set(place, n)
  }

  get places(): number {
    return this.#at.size
  }
}

/** Watches a topic, and holds what it is told to the rules. */
async function startWatcher(log: RedisLog, topic: string, truth: Truth) {
  const state = { position: { epoch: '', offset: 0 }, since: new Set<number>(), heard: 0, gaps: 0 }
  const watch = await log.watch(topic, {
    record({ offset, data }) {
      const n = numberOf(data)
      const { epoch, offset: before } = state.position
      if (offset !== before + 1) truth.wrong.push(`${topic}: ${offset} follows ${before}`)
      // Only a lost history may bring what was repeated in the next.
      if (state.since.has(n)) truth.wrong.push(`${topic}: ${n} came twice`)
      state.since.add(n)
      state.heard++
      state.position = { epoch, offset }
      truth.place(topic, state.position, n)
    },
    gap({ reason, from }, position) {
      if (from !== state.position.offset) truth.wrong.push(`${topic}: a gap from ${from} at ${state.position.offset}`)
      if (reason === 'epoch') state.since.clear()
      state.gaps++
      state.position = position
    },
  })
  state.position = watch.position
  return { topic, state, watch }
}

describe.runIf(present('redis-server', await provideRedis()))('everything at once', () => {
  it('tells every watcher each record or a gap, and the same to all', { timeout: 600_000 }, async () => {
    const random = new SeededRandom(seed)
    await using engine: Engine = await startRedis('--appendonly', 'yes', '--appendfsync', 'always')
    const gates = await Promise.all(Array.from({ length: nodes }, () => Gate.open(engine.port)))
    const options = { durable: true, compareMs: 300, timeoutMs: 2_000, recordsPerTopic: 200, report: () => {} }
    const logs = gates.map(({ port }) => new RedisLog({ url: `redis://127.0.0.1:${port}`, ...options }))
    const truth = new Truth()
    const watchers = await Promise.all(logs.flatMap((log) => topics.map((topic) => startWatcher(log, topic, truth))))
    let [next, over, acknowledged, failed, wipes] = [0, false, 0, 0, 0]
    const working = logs.map(async (log, n) => {
      while (!over) {
        const number = ++next
        const topic = topics[number % topics.length] as string
        await log.append(topic, bytesOf(number)).then(
          (position) => {
            acknowledged++
            truth.place(topic, position, number)
          },
          () => failed++,
        )
        await sleep(n)
      }
    })
    for (let step = 0; step < steps; step++) {
      await sleep(random.below(60))
      const gate = gates[random.below(nodes)] as Gate
      switch (random.below(12)) {
        case 0:
          await engine.kill()
          await sleep(random.below(100))
          await engine.start()
          break
        case 1:
          await ask(engine, 'FLUSHALL')
          wipes++
          break
        case 2:
          await ask(engine, 'SCRIPT', 'FLUSH')
          break
        case 3:
          engine.stop()
          await sleep(random.below(random.below(8) === 0 ? 4_000 : 100))
          engine.resume()
          break
        case 4:
        case 5:
          gate.swallows = true
          await sleep(random.below(50))
          gate.cut()
          break
        case 6:
          await ask(engine, 'XTRIM', `wirepact{t/${topics[0]}}:r`, 'MAXLEN', '5')
          break
        case 7:
          // A subscriber that reads too slowly for its engine.
          await ask(engine, 'CLIENT', 'KILL', 'TYPE', 'pubsub')
          break
        default:
          gate.cut()
      }
    }
    over = true
    await Promise.all(working)
    const heads = new Map<string, Position>()
    for (const topic of topics) heads.set(topic, await (logs[0] as RedisLog).head(topic))
    const stands = ({ topic, state }: (typeof watchers)[number]) => {
      const head = heads.get(topic)
      return head?.epoch === state.position.epoch && head.offset === state.position.offset
    }
    await until('all stand at the head', () => watchers.every(stands), 15_000).catch(() => {})
    const behind = watchers.filter((watcher) => !stands(watcher)).length
    for (const log of logs) await log.close()
    for (const gate of gates) await gate[Symbol.asyncDispose]()
    const heard = watchers.reduce((sum, { state }) => sum + state.heard, 0)
    const gaps = watchers.reduce((sum, { state }) => sum + state.gaps, 0)
    if (truth.wrong.length > 0) console.log(truth.wrong.slice(0, 10))
    const said = `${steps} faults, ${wipes} wipes, ${acknowledged} acknowledged, ${failed} failed, ${heard} heard, ${gaps} gaps`
    show('redis-chaos', seed, [
      none(`broken rules at ${truth.places} places (${said})`, truth.wrong.length),
      none(`of ${watchers.length} watchers, those that did not come to the head`, behind),
    ])
  })
})
