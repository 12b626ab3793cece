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
  /** Bun's program; undefined when no subject needs it. */
  readonly bun: string | undefined
  /** Full paths. */
  readonly json: string | undefined
  readonly charts: string | undefined
  readonly profile: string | undefined
}

/** Finds Bun's program or installs it, or says why it cannot be had. */
export type ProvideBun = () => Promise<{ readonly path?: string; readonly missing?: string }>

/**
 * @param folder what paths are relative to
 * @throws ArgumentError
 */
export async function planOf(options: BenchOptions, folder: string, provideBun: ProvideBun): Promise<Plan> {
  const workloads = choose('workloads', entriesOf('workloads'), options.workloads, folder)
  const entries = choose('subjects', entriesOf('subjects'), options.subjects, folder)
  const { subjects, bun } = await runnable(
    await Promise.all(entries.map((entry) => load<'subject', Subject>(entry, 'subject'))),
    provideBun,
  )
  const { rounds, warmUpMs, measureMs, limitMs, allocations, calls } = options
  return {
    ...{ rounds, warmUpMs, measureMs, limitMs, allocations, calls },
    workloads: await Promise.all(workloads.map((entry) => load<'workload', Workload>(entry, 'workload'))),
    ...{ subjects, bun },
    reference: referenceAmong(subjects, options.reference),
    cores: canPin() ? twoCores() : undefined,
    json: options.json === undefined ? undefined : fileToWrite(options.json, folder),
    charts: options.charts === undefined ? undefined : resolve(folder, options.charts),
    profile: options.profile === undefined ? undefined : resolve(folder, options.profile),
  }
}

/** Leaves out what needs a program that cannot be had, and says so. */
async function runnable(
  subjects: readonly Pair['subject'][],
  provideBun: ProvideBun,
): Promise<Pick<Plan, 'subjects' | 'bun'>> {
  const others = subjects.filter(({ subject }) => subject.serverRuntime !== 'bun')
  if (others.length === subjects.length) return { subjects, bun: undefined }
  const { path, missing } = await provideBun()
  if (path !== undefined) return { subjects, bun: path }
  if (others.length === 0) throw new ArgumentError(`Bun is missing: ${missing}`)
  console.log(`Left out, since Bun is missing: ${missing}`)
  return { subjects: others, bun: undefined }
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
