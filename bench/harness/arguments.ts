import { parseArgs } from 'node:util'
import { CURVES, QUICK, USUAL } from './standard.ts'

/** What a run of the bench was asked to do. */
export interface BenchOptions {
  readonly show: 'help' | 'list' | 'figures'
  /** Names as given, those of sets among them. */
  readonly workloads: readonly string[]
  readonly subjects: readonly string[]
  readonly rounds: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Most time for one round of one subject, if it was given. */
  readonly limitMs: number | undefined
  /** The subject that the others are compared with. */
  readonly reference: string | undefined
  readonly json: string | undefined
  /** The folder for charts. */
  readonly charts: string | undefined
  /** The folder for profiles. */
  readonly profile: string | undefined
  /** Whether bytes per call are counted, where the workload knows how. */
  readonly allocations: boolean
  /** Calls of each caller, for workloads of so many calls. */
  readonly calls: number
}

/** Arguments that cannot be followed; the message is for the person who gave them. */
export class ArgumentError extends Error {
  override readonly name = 'ArgumentError'
}

export const HELP = `npm run bench -- [options]

  --workloads W1,W2    what is measured (default: standard, which is W1 to W8; --list names them; or all)
  --subjects a,b       what it is measured on (default: the eight standard ones, see --list; release: those that are
                       published; or all); a path like ./mine.js is a subject of your own
  --rounds N           rounds of every subject, interleaved (default 5)
  --quick              W1, W2 and W4 in one short round, in a minute: a first look, not a result
  --curves             how cost grows with calls in flight, subscribers, procedures and payload (3 rounds)
  --no-allocations     leaves out counting what a call allocates (as --quick does)
  --calls N            calls of each caller in W12 (default 50000)
  --reference NAME     the subject that ratios refer to (default: ws-rpc, or else the first)
  --json FILE          write the figures to FILE
  --charts FOLDER      draw the figures, as SVG
  --profile FOLDER     after the rounds, one more of each under the CPU profiler and one that samples allocations:
                       summaries as text, and files for the DevTools of Chrome
  --warm-up MS         time before a round counts (default ${USUAL.warmUpMs}, quick ${QUICK.warmUpMs})
  --measure MS         time that counts (default ${USUAL.measureMs}, quick ${QUICK.measureMs})
  --limit SECONDS      a round that takes longer has failed (default 60, and twice what it should take)
  --list               names of the workloads and the subjects
  --help               this text
`

/** @throws ArgumentError */
export function parseArguments(args: readonly string[]): BenchOptions {
  const given = read(args)
  const { quick, curves } = given
  if (quick && curves) throw new ArgumentError('--quick and --curves are two different runs.')
  const limit = count('limit', given.limit, 1)
  const usual = quick ? QUICK : curves ? CURVES : USUAL
  const set = quick ? 'quick' : curves ? 'curves' : 'standard'
  return {
    show: given.help === true ? 'help' : given.list === true ? 'list' : 'figures',
    workloads: names('workloads', given.workloads) ?? [set],
    subjects: names('subjects', given.subjects) ?? [curves ? 'curves' : 'standard'],
    rounds: count('rounds', given.rounds, 1) ?? usual.rounds,
    warmUpMs: count('warm-up', given['warm-up'], 0) ?? usual.warmUpMs,
    measureMs: count('measure', given.measure, 1) ?? usual.measureMs,
    limitMs: limit === undefined ? undefined : limit * 1000,
    reference: given.reference,
    json: given.json,
    charts: given.charts,
    profile: given.profile,
    allocations: !quick && !given['no-allocations'],
    calls: count('calls', given.calls, 1) ?? 50_000,
  }
}

function read(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{ workloads: text, subjects: text, rounds: text, reference: text, json: text, charts: text, profile: text },
        ...{ 'warm-up': text, measure: text, limit: text, calls: text },
        ...{ quick: flag, curves: flag, 'no-allocations': flag, list: flag, help: flag },
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
