import { renameSync, writeFileSync } from 'node:fs'
import { curveTables } from './curve-table.ts'
import { describeMachine, loadNow, type Machine } from './machine.ts'
import type { Pair, Plan } from './plan.ts'
import { inOrderOf, minutes, Progress, stepMs } from './progress.ts'
import { curvesOf, type Measured, type Report, reportText, resultsOf } from './results.ts'
import { playPlanned } from './round.ts'
import { short, tableOf } from './table.ts'
import type { Curve, Figure } from './workload.ts'

/** The figures of a pair, as they come in. */
interface Tally extends Pair {
  readonly rounds: (readonly (Figure | Curve)[])[]
  allocations: readonly (readonly Figure[])[]
  failure: string | undefined
  offered: boolean
}

interface Step {
  readonly title: string
  readonly tally: Tally
  /** How long it takes on a quiet machine, in ms. */
  readonly lastsMs: number
  /** Answers with what is said about it; undefined when the subject cannot do it. */
  play(): Promise<string | undefined>
}

/** The length of a lot of work whose allocations are counted: all its garbage has to find room. */
const LOT_MS = 50

/** All rounds of a run, and what came of them so far. */
export class BenchRun {
  readonly #plan: Plan
  readonly #machine: Omit<Machine, 'loadAfter'>
  readonly #tallies: readonly Tally[]

  constructor(plan: Plan) {
    this.#plan = plan
    this.#machine = describeMachine(
      plan.cores,
      plan.subjects.flatMap(({ subject }) => subject.packages),
    )
    this.#tallies = plan.workloads.flatMap((workload) =>
      plan.subjects.map((subject) => ({
        ...{ workload, subject, rounds: [], allocations: [], failure: undefined, offered: true },
      })),
    )
  }

  get pairs(): number {
    return this.#tallies.length
  }

  /** The pairs that can be measured, and did not fail. */
  get sound(): readonly Pair[] {
    return this.#tallies.filter(({ failure }) => failure === undefined)
  }

  /** What there is so far. */
  get report(): Omit<Report, 'complete'> {
    const measured = this.#measured()
    const results = [...resultsOf(measured), ...curvesOf(measured)]
    const failed = measured
      .filter(({ failure }) => failure !== undefined)
      .map(({ workload, subject }) => ({ workload, subject }))
    return { machine: { ...this.#machine, loadAfter: loadNow() }, results, ...(failed.length > 0 ? { failed } : {}) }
  }

  async play(): Promise<void> {
    const steps = this.#steps()
    const progress = new Progress(
      steps.reduce((sum, { lastsMs }) => sum + lastsMs, 0),
      performance.now(),
    )
    console.log(headline(this.#plan, this.#machine))
    console.log(`On a quiet machine this takes about ${minutes(progress.expectedMs)} minutes`)
    for (const step of steps) {
      const said = await take(step)
      progress.add(step.lastsMs)
      if (said !== undefined) console.log(`${said}  [${progress.text(performance.now())}]`)
      // After every step: whatever ends the bench later, this is kept.
      this.#write(false)
    }
  }

  /** Prints the tables, and writes the file for the last time. Nothing in here waits. */
  finish(complete: boolean): void {
    const { reference, workloads, json } = this.#plan
    const measured = this.#measured()
    for (const { name, workload } of workloads) {
      const own = measured.filter((each) => each.workload === name)
      console.log([`\n${name} · ${workload.about}`, tableOf(own, reference), ...curveTables(own)].join('\n'))
    }
    console.log(`\nLoad average before ${short(this.#machine.loadBefore)}, after ${short(loadNow())}`)
    if (!complete) console.log('The run was ended early: these are the rounds that were done.')
    this.#write(complete)
    if (json !== undefined) console.log(`Figures written to ${json}`)
  }

  #steps(): readonly Step[] {
    const plan = this.#plan
    const timed = Array.from({ length: plan.rounds }, (_, round) =>
      inOrderOf(round, this.#tallies, plan.subjects.length).map((tally) => ({
        ...{ tally, title: `${round + 1}/${plan.rounds}`, lastsMs: stepMs(tally.workload.workload, plan) },
        play: () => this.#time(tally),
      })),
    )
    const counted = this.#tallies.filter(
      ({ workload, subject }) =>
        plan.allocations && workload.workload.countsAllocations && subject.subject.serverRuntime !== 'bun',
    )
    return [
      ...timed.flat(),
      ...counted.map((tally) => ({
        ...{ tally, title: 'allocations', lastsMs: stepMs(tally.workload.workload, plan) },
        play: () => this.#count(tally),
      })),
    ]
  }

  async #time(tally: Tally): Promise<string | undefined> {
    const { figures } = await playPlanned(this.#plan, tally)
    if (figures === undefined) return undefined
    tally.rounds.push(figures)
    return saidOf(figures)
  }

  async #count(tally: Tally): Promise<string | undefined> {
    const { allocations } = await playPlanned(this.#plan, tally, { counting: true, measureMs: LOT_MS })
    tally.allocations = allocations
    const [lot] = allocations
    return lot === undefined ? 'not counted: garbage was collected in every lot' : saidOf(lot)
  }

  #measured(): readonly Measured[] {
    return this.#tallies.map(({ workload, subject, rounds, allocations, failure, offered }) => ({
      ...{ workload: workload.name, subject: subject.name, rounds, allocations, failure, offered },
    }))
  }

  #write(complete: boolean): void {
    const { json } = this.#plan
    if (json === undefined) return
    // In one go: whoever ends the bench while it writes keeps the file of before.
    writeFileSync(`${json}.part`, reportText({ ...this.report, complete }))
    renameSync(`${json}.part`, json)
  }
}

/** Answers with what there is to say about it. */
async function take({ tally, title, play }: Step): Promise<string | undefined> {
  if (tally.failure !== undefined || !tally.offered) return undefined
  const name = `${title} ${tally.workload.name} ${tally.subject.name}`
  try {
    const said = await play()
    if (said === undefined) tally.offered = false
    return `${name}: ${said ?? 'not offered'}`
  } catch (error) {
    tally.failure = error instanceof Error ? error.message : String(error)
    return `${name} failed: ${tally.failure}`
  }
}

function saidOf(figures: readonly (Figure | Curve)[]): string {
  return figures
    .map((one) => ('value' in one ? `${short(one.value)} ${one.unit}` : `${one.metric} at ${one.points.length} places`))
    .join(' · ')
}

function headline(plan: Plan, machine: Omit<Machine, 'loadAfter'>): string {
  const { cores } = plan
  const where =
    cores === undefined ? 'not pinned to cores' : `server on core ${cores.server}, client on core ${cores.client}`
  const packages = Object.entries(machine.packages).map(([name, version]) => `${name} ${version}`)
  return [
    `${machine.cpu}, ${machine.cores} cores, Node.js ${machine.node}, ${machine.os}; ${where}`,
    `${plan.rounds} rounds of ${plan.measureMs} ms after ${plan.warmUpMs} ms of warming up; ${packages.join(', ')}`,
  ].join('\n')
}
