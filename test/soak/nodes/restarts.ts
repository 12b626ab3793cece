import { setTimeout as delay } from 'node:timers/promises'
import { atMost, none, type Shown } from '../shown.ts'
import { Calling } from './calling.ts'
import type { EngineAddress } from './engine-log.ts'
import { NodeGroup } from './group.ts'
import { faultsOf, hearers, sum } from './hearer.ts'
import { comesTrue, ticking } from './publishing.ts'

/** Both nodes put new processes in their place, one after the other, under load, and nobody is to notice. */
export async function rollingRestarts(
  engine: EngineAddress['name'],
  rounds: number,
  clients: number,
): Promise<Shown[]> {
  await using group = await NodeGroup.start(engine, { durable: true })
  const all = await hearers(group.url, clients)
  const ticks = await ticking(group, 1_000)
  const calling = new Calling(all, 200)
  const began = performance.now()
  for (let round = 0; round < rounds; round++) {
    for (const index of group.ports.keys()) {
      await delay(300)
      await group.drainNode(index)
      await group.startNode(index)
    }
  }
  await delay(300)
  const seconds = (performance.now() - began) / 1_000
  await calling.stop()
  const made = await ticks.stop()
  await comesTrue(() => all.every(({ ticks: heard }) => heard.at(-1) === made))
  const faults = all.map(({ ticks: heard }) => faultsOf(heard, made))
  const twice = [...group.runs().values()].filter((times) => times > 1).length
  const lines = [
    atMost(
      `rolling restarts of both nodes, at ${Math.round(calling.made / seconds)} calls/s and ${Math.round(made / seconds)} events/s to each of ${clients}`,
      rounds,
      rounds,
      '',
    ),
    none(`of ${calling.made} calls failed ${calling.words}`.trim(), calling.failures),
    none(`of ${made * clients} events lost`, sum(faults.map(({ lost }) => lost))),
    none('events twice or out of order', sum(faults.map(({ twice: again, unordered }) => again + unordered))),
    none('gaps', sum(all.map(({ gaps }) => gaps.length))),
    none('calls that ran twice', twice),
    none('times that a client was without a connection', sum(all.map(({ breaks }) => breaks))),
  ]
  await Promise.all(all.map((hearer) => hearer.close()))
  return lines
}
