import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { MeasureAnswer } from './client-process.ts'
import { describeMachine, loadNow } from './machine.ts'
import type { Plan } from './plan.ts'
import type { ProfileKind } from './profile.ts'
import { summariseProfile } from './profile-summary.ts'
import { type Measured, reportText, resultsOf } from './results.ts'
import { playRound } from './round.ts'
import { short, tableOf } from './table.ts'
import type { Figure } from './workload.ts'

type Pair = { readonly workload: Plan['workloads'][number]; readonly subject: Plan['subjects'][number] }

/** Figures of one subject at one workload, as they come in. */
interface Record extends Pair {
  readonly rounds: (readonly Figure[])[]
  failure: string | undefined
  offered: boolean
}

/** Measures everything, says what it does on the way, prints the tables and writes the files. Answers whether all went well. */
export async function measureAll(plan: Plan, root: string): Promise<boolean> {
  const machine = describeMachine(
    plan.cores,
    plan.subjects.flatMap(({ subject }) => subject.packages),
  )
  console.log(headline(plan, machine))
  const records: Record[] = plan.workloads.flatMap((workload) =>
    plan.subjects.map((subject) => ({ workload, subject, rounds: [], failure: undefined, offered: true })),
  )
  for (let round = 0; round < plan.rounds; round++) {
    for (const record of inOrderOf(round, records, plan.subjects.length)) {
      if (record.failure === undefined && record.offered) await play(plan, record, `${round + 1}/${plan.rounds}`)
    }
  }
  const loadAfter = loadNow()
  const measured = records.map(measuredOf)
  for (const { name, workload } of plan.workloads) {
    console.log(`\n${name} · ${workload.about}`)
    console.log(
      tableOf(
        measured.filter((each) => each.workload === name),
        plan.reference,
      ),
    )
  }
  console.log(`\nLoad average before ${short(machine.loadBefore)}, after ${short(loadAfter)}`)
  if (plan.json !== undefined) {
    writeFileSync(plan.json, reportText({ machine: { ...machine, loadAfter }, results: resultsOf(measured) }))
    console.log(`Figures written to ${plan.json}`)
  }
  if (plan.profile !== undefined) await profileAll(plan, plan.profile, records, root)
  return records.every(({ failure }) => failure === undefined)
}

function headline(plan: Plan, machine: ReturnType<typeof describeMachine>): string {
  const { cores } = plan
  const where =
    cores === undefined ? 'not pinned to cores' : `server on core ${cores.server}, client on core ${cores.client}`
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`)
  return [
    `${machine.cpu}, ${machine.cores} cores, Node.js ${machine.node}, ${machine.os}; ${where}`,
    `${plan.rounds} rounds of ${plan.measureMs} ms after ${plan.warmUpMs} ms of warming up; ${packages.join(', ')}`,
  ].join('\n')
}

/**
 * A workload after the other, its subjects one after the other; who begins changes with the round, so that nobody is
 * always measured after the same neighbour.
 */
function inOrderOf(round: number, records: readonly Record[], subjects: number): readonly Record[] {
  const place = (index: number) => {
    const workload = Math.floor(index / subjects)
    return workload * subjects + ((index - workload * subjects + round) % subjects)
  }
  return records.map((record, index) => records[place(index)] ?? record)
}

async function play(plan: Plan, record: Record, title: string): Promise<void> {
  const name = `${record.workload.name} ${record.subject.name}`
  try {
    const { figures } = await round(plan, record)
    if (figures === undefined) {
      record.offered = false
      console.log(`${title} ${name}: not offered`)
      return
    }
    record.rounds.push(figures)
    console.log(`${title} ${name}: ${figures.map(({ value, unit }) => `${short(value)} ${unit}`).join(' · ')}`)
  } catch (error) {
    record.failure = error instanceof Error ? error.message : String(error)
    console.error(`${title} ${name} failed: ${record.failure}`)
  }
}

function round(plan: Plan, { workload, subject }: Pair, profile?: ProfileKind): Promise<MeasureAnswer> {
  const { cores, limitMs, measureMs, warmUpMs } = plan
  return playRound({
    ...{ subject: subject.module, workload: workload.module, cores, limitMs, measureMs, warmUpMs },
    ...(profile === undefined ? {} : { profile }),
  })
}

function measuredOf({ workload, subject, rounds, failure }: Record): Measured {
  return { workload: workload.name, subject: subject.name, rounds, failure }
}

/** Rounds of their own: what watches a program slows it down. */
async function profileAll(plan: Plan, folder: string, records: readonly Record[], root: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  for (const record of records) {
    if (record.failure !== undefined || !record.offered) continue
    for (const kind of ['cpu', 'allocations'] as const) {
      const { amount, profiles } = await round(plan, record, kind)
      for (const [side, profile] of Object.entries(profiles ?? {})) {
        const name = `${record.workload.name}-${record.subject.name}-${side}`
        const { unit } = record.workload.workload
        const extension = kind === 'cpu' ? 'cpuprofile' : 'heapprofile'
        writeFileSync(join(folder, `${name}.${extension}`), profile.json)
        writeFileSync(join(folder, `${name}-${kind}.txt`), summariseProfile(profile, amount, unit, root))
      }
    }
  }
  console.log(`Profiles written to ${folder}`)
}
