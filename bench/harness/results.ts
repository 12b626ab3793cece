import type { Machine } from './machine.ts'
import { type Summary, summarise } from './statistics.ts'
import type { Curve, Figure } from './workload.ts'

interface Named {
  readonly workload: string
  readonly subject: string
  readonly metric: string
  readonly unit: string
}

/** One line of the file. */
export interface Result extends Named, Summary {}

/** A curve of the file: at each place on its axis the median of the rounds. */
export interface CurveResult extends Named, Pick<Curve, 'axis' | 'points'> {
  readonly rounds: number
  /** What each round had at these places, in their order. */
  readonly values: readonly (readonly number[])[]
}

export interface Report {
  readonly machine: Machine
  readonly results: readonly (Result | CurveResult)[]
  /** False when the run was ended before all of its rounds. */
  readonly complete: boolean
  /** Of these there are no figures, though they were to be had; left out when nothing failed. */
  readonly failed?: readonly { readonly workload: string; readonly subject: string }[]
}

type Round = readonly (Figure | Curve)[]

/** The figures of all rounds of one subject at one workload. */
export interface Measured {
  readonly workload: string
  readonly subject: string
  readonly rounds: readonly Round[]
  /** Those of the lots of the round that counted allocations, where they were counted. */
  readonly allocations?: readonly (readonly Figure[])[]
  /** False when the subject cannot do what the workload needs. @default true */
  readonly offered?: boolean
  /** Why there are no figures. One failed round spoils the others: nobody wins by failing when it gets hard. */
  readonly failure: string | undefined
}

export function resultsOf(measured: readonly Measured[]): readonly Result[] {
  return sound(measured).flatMap(({ workload, subject, rounds, allocations = [] }) =>
    [rounds, allocations].flatMap((all) =>
      (all[0] ?? []).filter(isFigure).map(({ metric, unit }) => {
        const values = all.map((round) => round.filter(isFigure).find((other) => other.metric === metric)?.value)
        return { workload, subject, metric, unit, ...summarise(values.map((value) => value ?? Number.NaN)) }
      }),
    ),
  )
}

export function curvesOf(measured: readonly Measured[]): readonly CurveResult[] {
  return sound(measured).flatMap(({ workload, subject, rounds }) =>
    (rounds[0] ?? []).filter(isCurve).map(({ metric, unit, axis, points }) => {
      const curves = rounds.map((round) => round.filter(isCurve).find((other) => other.metric === metric))
      const places = points.map(([place]) => place)
      const values = curves.map((curve) => places.map((place) => heightAt(curve, place)))
      const medians = places.map(
        (place, index) => [place, summarise(values.map((round) => round[index] ?? Number.NaN)).median] as const,
      )
      return { workload, subject, metric, unit, axis, points: medians, rounds: rounds.length, values }
    }),
  )
}

function sound(measured: readonly Measured[]): readonly Measured[] {
  return measured.filter(({ failure }) => failure === undefined)
}

function isFigure(one: Figure | Curve): one is Figure {
  return 'value' in one
}

function isCurve(one: Figure | Curve): one is Curve {
  return 'points' in one
}

function heightAt(curve: Curve | undefined, place: number): number {
  return curve?.points.find(([other]) => other === place)?.[1] ?? Number.NaN
}

/** The content of the file. Six digits are more than any measurement here is good for. */
export function reportText({ machine, results, complete, failed }: Report): string {
  const digits = (key: string, value: unknown) =>
    typeof value === 'number' && key !== 'memoryMiB' ? Number(value.toPrecision(6)) : value
  // Pairs and lists of numbers on lines of their own would make most of the file.
  const text = JSON.stringify({ machine, complete, failed, results }, digits, 2)
  return `${text.replace(/\[[\d\s.,e+-]+\]/g, (list) => list.replace(/\s+/g, ' '))}\n`
}
