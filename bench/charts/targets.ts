import type { Figures } from './figures.ts'
import { brief } from './number-text.ts'
import { markdownTable } from './tables.ts'
import { kindOf } from './titles.ts'

/** What was promised about one workload. */
interface Target {
  readonly workload: string
  readonly metric?: string
  /** Compared with a subject, with the best of all frameworks, or with a number. */
  readonly against: string | 'frameworks' | number
  readonly must: number
  readonly moonshot?: number
}

/** No frameworks: they are what a framework stands on, or what one writes by hand in its place. */
const BARE = ['ws', 'ws-rpc', 'bun']

const TARGETS: readonly Target[] = [
  { workload: 'W1', against: 'ws', must: 0.9 },
  { workload: 'W2', against: 'ws-rpc', must: 3 },
  { workload: 'W2', against: 'frameworks', must: 4 },
  { workload: 'W2', against: 'trpc', must: 12 },
  { workload: 'W2', against: 'orpc', must: 12 },
  { workload: 'W3', against: 'frameworks', must: 2.5, moonshot: 4 },
  { workload: 'W4', against: 'frameworks', must: 10, moonshot: 20 },
  { workload: 'W5', against: 'ws-rpc', must: 0.95 },
  { workload: 'W5b', against: 'frameworks', must: 30, moonshot: 60 },
  { workload: 'W6', against: 8, must: 8, moonshot: 6 },
  { workload: 'W7', against: 'ws', must: 0.8, moonshot: 1.2 },
  { workload: 'W8', against: 42, must: 42, moonshot: 39 },
]

/** Each target with what was measured, and whether it was met: also those that were not. */
export function targetsTable(figures: Figures): string {
  const rows = TARGETS.flatMap((target) => {
    const row = rowOf(figures, target)
    return row === undefined ? [] : [row]
  })
  return rows.length === 0 ? '' : markdownTable([['', 'against', 'target', 'moonshot', 'measured', 'met'], ...rows])
}

function rowOf(figures: Figures, target: Target): readonly string[] | undefined {
  const { workload, against, must, moonshot } = target
  const ours = figures.median(workload, 'wirepact')
  if (ours === undefined) return undefined
  if (typeof against === 'number') {
    const unit = figures.metric(workload)[0]?.unit ?? ''
    const met = ours <= must ? (moonshot !== undefined && ours <= moonshot ? 'moonshot' : 'yes') : 'no'
    return [workload, '–', `≤ ${must} ${unit}`, moonshot === undefined ? '' : `≤ ${moonshot}`, brief(ours), met]
  }
  const other = opponent(figures, workload, against)
  if (other === undefined) return undefined
  const ratio = ours / other.rate
  const met = ratio >= must ? (moonshot !== undefined && ratio >= moonshot ? 'moonshot' : 'yes') : 'no'
  const name = against === 'frameworks' ? `the best framework (${other.subject})` : other.subject
  return [workload, name, `≥ ${must} ×`, moonshot === undefined ? '' : `≥ ${moonshot} ×`, `${brief(ratio)} ×`, met]
}

function opponent(figures: Figures, workload: string, against: string) {
  const rivals = figures
    .metric(workload)
    .filter(({ subject }) =>
      against === 'frameworks' ? kindOf(subject) === 'other' && !BARE.includes(subject) : subject === against,
    )
    .sort((a, b) => b.median - a.median)
  const [best] = rivals
  return best === undefined ? undefined : { subject: best.subject, rate: best.median }
}
