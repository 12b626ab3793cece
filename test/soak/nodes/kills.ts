import { setTimeout as delay } from 'node:timers/promises'
import type { EventLog, Position } from '@wirepact/eventlog'
import { atMost, none, type Shown } from '../shown.ts'
import { Calling } from './calling.ts'
import type { EngineAddress } from './engine-log.ts'
import { NodeGroup } from './group.ts'
import { faultsOf, hearers, sum } from './hearer.ts'
import { comesTrue, ticking } from './publishing.ts'
import { effects } from './served.ts'

/** Two nodes under load, of which one after the other is killed and started again. */
export async function nodeKills(engine: EngineAddress['name'], kills: number, clients: number): Promise<Shown[]> {
  await using group = await NodeGroup.start(engine, { durable: true })
  const log = await group.log()
  const began = await log.head(effects)
  const all = await hearers(group.url, clients)
  const ticks = await ticking(group, 200)
  const calling = new Calling(all, 200)
  for (let kill = 0; kill < kills; kill++) {
    await delay(300 + (kill % 3) * 150)
    await group.killNode(kill % 2)
    await delay(kill % 4 === 3 ? 400 : 0)
    await group.startNode(kill % 2)
  }
  await delay(300)
  await calling.stop()
  const made = await ticks.stop()
  await comesTrue(() => all.every(({ ticks: heard }) => heard.at(-1) === made))
  const runs = group.runs()
  const committed = await effectsIn(log, began)
  const faults = all.map(({ ticks: heard }) => faultsOf(heard, made))
  const ran = (what: string, how: (times: number, name: string) => boolean) =>
    [...runs].filter(([name, times]) => name.startsWith(what) && how(times, name)).length
  const answeredOnly = [...calling.answered].filter((name) => !name.startsWith('commit') && runs.get(name) !== 1)
  await Promise.all(all.map((hearer) => hearer.close()))
  return [
    atMost(`node kills under load of ${calling.made} calls and ${made} events to each of ${clients}`, kills, kills, ''),
    none(`of ${made * clients} events lost`, sum(faults.map(({ lost }) => lost))),
    none('events twice or out of order', sum(faults.map(({ twice, unordered }) => twice + unordered))),
    none('gaps', sum(all.map(({ gaps }) => gaps.length))),
    none(
      'unkeyed calls that ran twice',
      ran('work', (times) => times > 1),
    ),
    none(
      'keyed calls that ran twice',
      ran('once', (times) => times > 1),
    ),
    none('calls that were answered and did not run once', answeredOnly.length),
    none(
      `of ${[...calling.answered].filter((name) => name.startsWith('commit')).length} effects that commit with their number not there once`,
      [...calling.answered].filter((name) => name.startsWith('commit') && committed.get(name) !== 1).length,
    ),
    none('effects there more than once', [...committed.values()].filter((times) => times > 1).length),
    none(`of ${calling.failures} calls cut off (${calling.words}) failed otherwise`, calling.wrong.length),
    none('calls settled later than their deadline', calling.late),
  ]
}

/** How often each effect is in the log. */
async function effectsIn(log: EventLog, began: Position): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (let after = began; ; ) {
    const { records, position, head } = await log.read(effects, after, { maxRecords: 10_000, maxBytes: 1e7 })
    for (const { data } of records) {
      const name = `commit ${Buffer.from(data)}`
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    after = position
    if (position.offset >= head.offset) return counts
  }
}
