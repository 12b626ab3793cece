import { appendFileSync } from 'node:fs'
import { expect } from 'vitest'

/** One promise of the library, and what a run showed of it. */
export interface Shown {
  readonly promise: string
  /** What was measured or counted, with its unit. */
  readonly figure: string
  /** What it may be at most, or at least, with its unit. */
  readonly bound: string
  readonly kept: boolean
}

/**
 * Adds lines to the table that `npm run soak` prints at its end (without it, to the output), then asserts all of them: a
 * line that is not kept must not keep the others from being seen.
 */
export function show(section: string, seed: number, lines: readonly Shown[]): void {
  const table = process.env.WIREPACT_SOAK_TABLE
  if (table === undefined) {
    const said = lines.map(({ promise, figure, bound }) => `${promise} ${figure} (${bound})`)
    console.log(`${section}: seed ${seed}: ${said.join(' · ')}`)
  } else for (const line of lines) appendFileSync(table, `${JSON.stringify({ section, seed, ...line })}\n`)
  expect(lines.filter(({ kept }) => !kept)).toEqual([])
}

/** A promise whose figure is a number that may be at most so much. */
export function atMost(promise: string, value: number, bound: number, unit: string): Shown {
  return {
    promise,
    figure: `${rounded(value)} ${unit}`.trim(),
    bound: `≤ ${bound} ${unit}`.trim(),
    kept: value <= bound,
  }
}

/** A promise that something happens never. */
export function none(promise: string, count: number): Shown {
  return { promise, figure: `${count}`, bound: '0', kept: count === 0 }
}

function rounded(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 10 ? 2 : 1 })
}
