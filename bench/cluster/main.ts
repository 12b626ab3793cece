import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeMachine, loadNow } from '../harness/machine.ts'
import { summarise } from '../harness/statistics.ts'
import { costs } from './costs.ts'
import { type Figures, playRound, type RoundOptions } from './round.ts'
import { loadSubject } from './subject.ts'

const SUBJECTS = ['wirepact', 'socket-io'] as const
type SubjectName = (typeof SUBJECTS)[number]

const HELP = `Fan-out through Redis: one node publishes, and the subscribers of all nodes hear it.

  node bench/cluster.mjs [--rounds 5] [--nodes 2] [--each 500] [--burst 200] [--seconds 4] [--every 100] [--json FILE]

  node bench/cluster.mjs costs       what connections and appends cost, for packages/docs/operations.md

  --each     subscribers of each node
  --burst    events that are published at once; the next ones when all have them
  --seconds  how long that is measured
  --every    ms between two events, for the time from publishing to hearing
`

const COLUMNS: readonly (readonly [keyof Figures, string, number])[] = [
  ['deliveries', 'deliveries/s', 0],
  ['nodeCpu', 'nodes µs', 2],
  ['clientCpu', 'subscribers µs', 2],
  ['engineCpu', 'engine µs', 3],
  ['pacedCpu', 'paced: nodes µs', 2],
  ['p50', 'p50 ms', 2],
  ['p99', 'p99 ms', 2],
]

/** Prints the table; gives the exit code. */
export async function main(args: readonly string[], redisServer: string): Promise<number> {
  if (args[0] === 'costs') return costs(redisServer)
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...{ rounds: text, nodes: text, each: text, burst: text, seconds: text, every: text, json: text },
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) {
    console.log(HELP)
    return 0
  }
  const everyMs = Number(values.every ?? 100)
  const options: RoundOptions = {
    ...{ nodes: Number(values.nodes ?? 2), each: Number(values.each ?? 500), burst: Number(values.burst ?? 200) },
    ...{ measureMs: Number(values.seconds ?? 4) * 1_000, everyMs, paced: Math.ceil(5_000 / everyMs), redisServer },
  }
  const loaded = await Promise.all(SUBJECTS.map((name) => loadSubject(name, import.meta.url)))
  const machine = describeMachine(
    undefined,
    loaded.flatMap(({ packages }) => packages),
  )
  const figures: Record<SubjectName, Figures[]> = { wirepact: [], 'socket-io': [] }
  for (let round = 0; round < Number(values.rounds ?? 5); round++) {
    // Another one begins each time, so that a noisy minute hits both.
    const order = round % 2 === 0 ? SUBJECTS : SUBJECTS.toReversed()
    for (const name of order) {
      const one = await playRound(name, options)
      figures[name].push(one)
      console.log(`round ${round + 1}: ${name}: ${words(one)}`)
    }
  }
  const { nodes, each, burst } = options
  console.log(
    `\n${nodes} nodes × ${each} subscribers, bursts of ${burst}; paced, p50 and p99: one event every ${everyMs} ms`,
  )
  console.log(
    `load ${machine.loadBefore.toFixed(1)} before, ${loadNow().toFixed(1)} after; ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`,
  )
  const rows = SUBJECTS.map((name) => [name, ...COLUMNS.map(([key, , digits]) => cell(figures[name], key, digits))])
  printTable([['median (min – max)', ...COLUMNS.map(([, title]) => title)], ...rows])
  const ratio = (key: keyof Figures) => middle(figures.wirepact, key) / middle(figures['socket-io'], key)
  console.log(
    `\nwirepact: ${ratio('deliveries').toFixed(1)} × the deliveries/s, ${(1 / ratio('nodeCpu')).toFixed(1)} × fewer CPU µs of the nodes for each`,
  )
  const file = { machine: { ...machine, loadAfter: loadNow() }, options, figures }
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(file, null, 2)}\n`)
  return 0
}

function middle(figures: readonly Figures[], key: keyof Figures): number {
  return summarise(figures.map((each) => each[key])).median
}

function cell(figures: readonly Figures[], key: keyof Figures, digits: number): string {
  const { median, min, max } = summarise(figures.map((each) => each[key]))
  const text = (value: number) =>
    value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return `${text(median)} (${text(min)} – ${text(max)})`
}

function words(figures: Figures): string {
  return COLUMNS.map(([key, title, digits]) => `${title} ${figures[key].toFixed(digits)}`).join(', ')
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  for (const row of rows)
    console.log(
      row
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
}
