import type { Reading } from '../../contract.ts'
import { type Frame, inView, type Plot, plotOf } from './frame.ts'
import { paintCursor, paintOutages, paintTimeAxis, paintValueAxis, paintValueLabels } from './paint-axes.ts'
import { ceilingFor, linear } from './scale.ts'
import { thin } from './thin.ts'

/**
 * A sensor with a ceiling measures parts of a whole, so its series are stacked; others are lines from zero.
 * `levels` says at which value each series of a reading is drawn.
 */
function levels(reading: Reading, stacked: boolean): number[] {
  if (!stacked) return reading.values
  let sum = 0
  return reading.values.map((value) => {
    sum += value
    return sum
  })
}

type Point = { x: number; ys: number[] }

/** Paints the whole chart of a sensor with a few series. */
export function paintSeries(frame: Frame): void {
  const { context, width, height, sensor, track, palette } = frame
  const plot = plotOf(frame)
  const stacked = sensor.ceiling !== undefined
  const [start, end] = inView(frame)
  let highest = 0
  for (let i = start; i < end; i++) {
    for (const value of (track.readings[i] as Reading).values) highest = Math.max(highest, value)
  }
  const ceiling = ceilingFor(highest, sensor.unit, sensor.ceiling)
  const y = linear(0, ceiling, plot.bottom, plot.top)

  context.clearRect(0, 0, width, height)
  paintValueAxis(frame, plot, ceiling)
  paintOutages(frame, plot)
  context.save()
  context.beginPath()
  context.rect(plot.left, 0, width - plot.left, plot.bottom + 1)
  context.clip()
  for (const run of runs(frame, plot, start, end, (reading) => levels(reading, stacked).map(y))) {
    for (let series = sensor.series.length - 1; series >= 0; series--) {
      const color = palette.series[series % 3] as string
      // Areas that overlap without belonging together only muddy each other: lines get one, below the first.
      if (stacked || series === 0) fill(context, run, series, series > 0 ? series - 1 : undefined, plot, color, stacked)
      stroke(context, run, series, color)
    }
  }
  context.restore()
  paintValueLabels(frame, plot, ceiling)
  paintTimeAxis(frame, plot)
  paintCursor(frame, plot)
  paintDots(frame, plot, stacked, y)
}

/** The points to connect, broken where a reading is missing: a line across a hole would claim that somebody measured there. */
function runs(
  { track }: Frame,
  plot: Plot,
  start: number,
  end: number,
  heights: (reading: Reading) => number[],
): Point[][] {
  const { readings } = track
  const found: Point[][] = []
  let run: Point[] = []
  let before: number | undefined
  const total = (reading: Reading) => reading.values.reduce((sum, value) => sum + value, 0)
  for (const i of thin(readings, start, end, (reading) => plot.x(reading.at.getTime()), total)) {
    const reading = readings[i] as Reading
    const last = before === undefined ? undefined : readings[before]
    if (last === undefined || reading.seq - last.seq !== i - (before as number)) {
      run = []
      found.push(run)
    }
    run.push({ x: plot.x(reading.at.getTime()), ys: heights(reading) })
    before = i
  }
  return found
}

function fill(
  context: CanvasRenderingContext2D,
  run: readonly Point[],
  series: number,
  below: number | undefined,
  plot: Plot,
  color: string,
  stacked: boolean,
): void {
  const first = run[0]
  const last = run.at(-1)
  if (first === undefined || last === undefined) return
  context.beginPath()
  for (const point of run) context.lineTo(point.x, point.ys[series] ?? plot.bottom)
  if (below === undefined) {
    context.lineTo(last.x, plot.bottom)
    context.lineTo(first.x, plot.bottom)
  } else {
    for (let i = run.length - 1; i >= 0; i--) {
      const point = run[i] as Point
      context.lineTo(point.x, point.ys[below] ?? plot.bottom)
    }
  }
  context.closePath()
  context.globalAlpha = stacked ? 0.26 : 0.12
  context.fillStyle = color
  context.fill()
  context.globalAlpha = 1
}

function stroke(context: CanvasRenderingContext2D, run: readonly Point[], series: number, color: string): void {
  context.beginPath()
  for (const point of run) context.lineTo(point.x, point.ys[series] ?? 0)
  context.strokeStyle = color
  context.lineWidth = 1.6
  context.lineJoin = 'round'
  context.lineCap = 'round'
  context.stroke()
}

/** A dot on every series where the cursor stands, or on the newest reading. */
function paintDots(frame: Frame, plot: Plot, stacked: boolean, y: (value: number) => number): void {
  const { context, cursor, track, palette } = frame
  const reading = cursor ?? track.last
  if (reading === undefined) return
  const x = plot.x(reading.at.getTime())
  if (x < plot.left || x > plot.right + 6) return
  levels(reading, stacked).forEach((level, series) => {
    context.beginPath()
    context.arc(x, y(level), 3.2, 0, 2 * Math.PI)
    context.fillStyle = palette.series[series % 3] as string
    context.strokeStyle = palette.card
    context.lineWidth = 1.5
    context.fill()
    context.stroke()
  })
}
