import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ArgumentError, type BenchOptions } from './arguments.ts'
import { choose, type Entry, entriesOf, named } from './catalogue.ts'
import { canPin } from './child.ts'
import { type Cores, twoCores } from './cores.ts'
import type { Subject } from './subject.ts'
import type { Workload } from './workload.ts'

/** One subject at one workload. */
export interface Pair {
  readonly workload: Entry & { readonly workload: Workload }
  readonly subject: Entry & { readonly subject: Subject }
}

/** What is going to be measured: options whose names have been found. */
export interface Plan {
  readonly workloads: readonly Pair['workload'][]
  readonly subjects: readonly Pair['subject'][]
  /** Name of the subject that ratios refer to. */
  readonly reference: string
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Most time for one round of one subject. */
  readonly limitMs: number | undefined
  readonly allocations: boolean
  readonly calls: number
  readonly cores: Cores | undefined
  /** Full paths. */
  readonly json: string | undefined
  readonly profile: string | undefined
}

/**
 * @param folder what paths are relative to
 * @throws ArgumentError
 */
export async function planOf(options: BenchOptions, folder: string): Promise<Plan> {
  const workloads = choose('workloads', entriesOf('workloads'), options.workloads, folder)
  const subjects = choose('subjects', entriesOf('subjects'), options.subjects, folder)
  const { rounds, warmUpMs, measureMs, limitMs, allocations, calls } = options
  return {
    ...{ rounds, warmUpMs, measureMs, limitMs, allocations, calls },
    workloads: await Promise.all(workloads.map((entry) => load<'workload', Workload>(entry, 'workload'))),
    subjects: await Promise.all(subjects.map((entry) => load<'subject', Subject>(entry, 'subject'))),
    reference: referenceAmong(subjects, options.reference),
    cores: canPin() ? twoCores() : undefined,
    json: options.json === undefined ? undefined : fileToWrite(options.json, folder),
    profile: options.profile === undefined ? undefined : resolve(folder, options.profile),
  }
}

async function load<Name extends string, Value>(
  entry: Entry,
  name: Name,
): Promise<Entry & { readonly [N in Name]: Value }> {
  const loaded = (await import(entry.module)) as { readonly [N in Name]?: Value }
  if (loaded[name] !== undefined) return { ...entry, [name]: loaded[name] } as Entry & { readonly [N in Name]: Value }
  throw new ArgumentError(`${entry.module} exports no \`${name}\`.`)
}

function referenceAmong(subjects: readonly Entry[], name: string | undefined): string {
  if (name !== undefined) return named('subjects of this run', subjects, name).name
  const usual = subjects.find((subject) => subject.name === 'ws-rpc') ?? subjects[0]
  return usual?.name ?? ''
}

/** Better said now than after all the rounds. */
function fileToWrite(path: string, folder: string): string {
  const full = resolve(folder, path)
  if (!existsSync(dirname(full))) throw new ArgumentError(`There is no folder ${dirname(full)} to write ${path} to.`)
  return full
}
