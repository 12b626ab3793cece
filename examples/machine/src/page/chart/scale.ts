import type { SensorInfo } from '../../contract.ts'

type Unit = SensorInfo['unit']

/** Rates jump about when nothing much happens; below these the scale does not shrink, so that noise looks like noise. */
const SMALLEST: Record<Unit, number> = { percent: 100, bytes: 1024, 'bytes/s': 16 * 1024, processes: 1 }

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500]

/** The next round number at or above `value`: 1, 2, 5, 10 … of the unit's own steps (1024 for bytes, 1000 for the rest). */
export function roundUp(value: number, unit: Unit): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1
  if (value < 1) return firstStep(value, 10 ** Math.floor(Math.log10(value)), 10)
  const base = unit === 'bytes' || unit === 'bytes/s' ? 1024 : 1000
  let scale = 1
  while (value > scale * base) scale *= base
  return firstStep(value, scale, base)
}

function firstStep(value: number, scale: number, base: number): number {
  for (const step of STEPS) if (step < base && value <= step * scale) return step * scale
  return base * scale
}

/** Where the vertical scale ends: at the sensor's own ceiling if it has one, or at a round number above all values. */
export function ceilingFor(highest: number, unit: Unit, ceiling: number | undefined): number {
  return ceiling ?? roundUp(Math.max(highest * 1.05, SMALLEST[unit]), unit)
}

/**
 * The values to draw a line at, from 0 up. A round ceiling is halved; a ceiling that is a fact of the machine (23.5 GB of
 * memory) is not round, so the lines stand at round values below it.
 */
export function valueTicks(ceiling: number, unit: Unit): number[] {
  const step = unit === 'bytes' ? roundUp(ceiling / 3, unit) : ceiling / 2
  const ticks: number[] = []
  for (let tick = 0; tick <= ceiling * 1.0001; tick += step) ticks.push(tick)
  return ticks
}

const TIME_STEPS = [5, 10, 15, 30, 60, 120, 300, 600].map((seconds) => seconds * 1000)

/** Moments on round seconds or minutes between `from` and `to`, at least `minimumPx` apart on a chart `width` wide. */
export function timeTicks(from: number, to: number, width: number, minimumPx = 74): number[] {
  const room = ((to - from) * minimumPx) / Math.max(1, width)
  const step = TIME_STEPS.find((candidate) => candidate >= room) ?? Math.ceil(room / 900_000) * 900_000
  const ticks: number[] = []
  for (let tick = Math.ceil(from / step) * step; tick <= to; tick += step) ticks.push(tick)
  return ticks
}

/** A straight line from one range to another. */
export function linear(from: number, to: number, start: number, end: number): (value: number) => number {
  const slope = to === from ? 0 : (end - start) / (to - from)
  return (value) => start + (value - from) * slope
}
