import { parseArgs } from 'node:util'

/** What a run of the bench was asked to do. */
export interface BenchOptions {
  readonly show: 'help' | 'list' | 'figures'
  /** Names as given; undefined means all. */
  readonly workloads: readonly string[] | undefined
  readonly subjects: readonly string[] | undefined
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Most time for one round of one subject. */
  readonly limitMs: number
  /** The subject that the others are compared with. */
  readonly reference: string | undefined
  readonly json: string | undefined
  /** The folder for profiles. */
  readonly profile: string | undefined
}

/** Arguments that cannot be followed; the message is for the person who gave them. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError'
}

export const HELP = `npm run bench -- [options]

  --workloads W1,W2    what is measured (default: all; --list names them)
  --subjects a,b       what it is measured on (default: all); a path like ./mine.js is a subject of your own
  --rounds N           rounds of every subject, interleaved (default 5)
  --quick              3 short rounds: a first look, not a result
  --reference NAME     the subject that ratios refer to (default: ws-rpc, or else the first)
  --json FILE          write the figures to FILE
  --profile FOLDER     after the rounds, one more of each under the CPU profiler and one that samples allocations:
                       summaries as text, and files for the DevTools of Chrome
  --warm-up MS         time before a round counts (default 1000, quick 300)
  --measure MS         time that counts (default 2000, quick 500)
  --limit SECONDS      a round that takes longer has failed (default 60)
  --list               names of the workloads and the subjects
  --help               this text
`

/** @throws ArgumentError */
export function parseArguments(args: readonly string[]): BenchOptions {
  const given = read(args)
  const quick = given.quick === true
  return {
    show: given.help === true ? 'help' : given.list === true ? 'list' : 'figures',
    workloads: names('workloads', given.workloads),
    subjects: names('subjects', given.subjects),
    rounds: count('rounds', given.rounds, 1) ?? (quick ? 3 : 5),
    warmUpMs: count('warm-up', given['warm-up'], 0) ?? (quick ? 300 : 1000),
    measureMs: count('measure', given.measure, 1) ?? (quick ? 500 : 2000),
    limitMs: (count('limit', given.limit, 1) ?? 60) * 1000,
    reference: given.reference,
    json: given.json,
    profile: given.profile,
  }
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ workloads: text, subjects: text, rounds: text, reference: text, json: text, profile: text },
        ...{ 'warm-up': text, measure: text, limit: text, quick: flag, list: flag, help: flag },
      },
    }).values
  } catch (error) {
    // Node's own sentence names the option; what follows it is about positional arguments, which there are none of.
    const message = error instanceof Error ? error.message : String(error)
    throw new ArgumentError(`${message.split('. ')[0]}. --help names all options.`)
  }
}

function names(option: string, value: string | undefined): readonly string[] | undefined {
  if (value === undefined) return undefined
  const found = [...new Set(value.split(',').map((name) => name.trim()))].filter((name) => name !== '')
  if (found.length === 0) throw new ArgumentError(`--${option} needs at least one name. --list names them all.`)
  return found
}

function count(option: string, value: string | undefined, least: number): number | undefined {
  if (value === undefined) return undefined
  const number = Number(value)
  if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number
  throw new ArgumentError(`--${option} must be a whole number of at least ${least}, not "${value}".`)
}
