import type { Machine } from './machine.ts'
import { type Summary, summarise } from './statistics.ts'
import type { Figure } from './workload.ts'

/** One line of the file. */
export interface Result extends Summary {
  readonly workload: string
  readonly subject: string
  readonly metric: string
  readonly unit: string
}

export interface Report {
  readonly machine: Machine
  readonly results: readonly Result[]
}

/** The figures of all rounds of one subject at one workload. */
export interface Measured {
  readonly workload: string
  readonly subject: string
  readonly rounds: readonly (readonly Figure[])[]
  /** Why there are no figures. One failed round spoils the others: nobody wins by failing when it gets hard. */
  readonly failure: string | undefined
}

export function resultsOf(measured: readonly Measured[]): readonly Result[] {
  return measured.flatMap(({ workload, subject, rounds, failure }) => {
    if (failure !== undefined) return []
    return (rounds[0] ?? []).map(({ metric, unit }) => {
      const values = rounds.map((figures) => figures.find((figure) => figure.metric === metric)?.value ?? Number.NaN)
      return { workload, subject, metric, unit, ...summarise(values) }
    })
  })
}

/** The content of the file. */
export function reportText({ machine, results }: Report): string {
  return `${JSON.stringify({ machine, results: results.map(rounded) }, null, 2)}\n`
}

/** Six digits are more than any measurement here is good for. */
function rounded(result: Result): Result {
  const digits = (value: number) => Number(value.toPrecision(6))
  const { workload, subject, metric, unit, median, min, max, rounds } = result
  return { workload, subject, metric, unit, median: digits(median), min: digits(min), max: digits(max), rounds }
}
