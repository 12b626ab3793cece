import type { Reading } from '../../contract.ts'
import { type Frame, inView, type Plot, plotOf } from './frame.ts'
import { paintCursor, paintOutages, paintTimeAxis } from './paint-axes.ts'
import { thin } from './thin.ts'

/** From this height on a row has room for a shape; below it, only for shades. */
const ROOM_FOR_SHAPE = 11

/**
 * A row for every core, all on one time axis: small hills where there is room, stripes of a heat map where there are
 * many cores. Both say the same: the more colour, the busier.
 */
export function paintCores(frame: Frame): void {
  const { context, width, height, sensor, palette } = frame
  const plot = plotOf(frame)
  const rows = Math.max(1, sensor.series.length)
  const rowHeight = (plot.bottom - plot.top) / rows
  const gap = rowHeight >= ROOM_FOR_SHAPE ? 4 : rowHeight >= 4 ? 1 : 0
  context.clearRect(0, 0, width, height)
  context.fillStyle = palette.grid
  context.globalAlpha = 0.5
  for (let row = 0; row < rows; row++) {
    context.fillRect(plot.left, plot.top + row * rowHeight, plot.right - plot.left, rowHeight - gap)
  }
  context.globalAlpha = 1
  paintOutages(frame, plot)
  const [start, end] = inView(frame)
  const total = (reading: Reading) => reading.values.reduce((sum, value) => sum + value, 0)
  const kept = thin(frame.track.readings, start, end, (reading) => plot.x(reading.at.getTime()), total)
  context.save()
  context.beginPath()
  context.rect(plot.left, plot.top, plot.right - plot.left, plot.bottom - plot.top)
  context.clip()
  for (let row = 0; row < rows; row++) {
    const top = plot.top + row * rowHeight
    if (rowHeight >= ROOM_FOR_SHAPE) paintHills(frame, plot, kept, row, top, rowHeight - gap)
    else paintStripe(frame, plot, kept, row, top, rowHeight - gap)
  }
  context.restore()
  if (rowHeight >= ROOM_FOR_SHAPE) paintNames(frame, plot, rowHeight, gap)
  paintTimeAxis(frame, plot)
  paintCursor(frame, plot)
}

function paintHills(
  frame: Frame,
  plot: Plot,
  kept: readonly number[],
  core: number,
  top: number,
  height: number,
): void {
  const { context, track, palette } = frame
  const color = palette.series[0]
  const bottom = top + height
  let from = 0
  while (from < kept.length) {
    let to = from + 1
    while (to < kept.length && contiguous(track.readings, kept[to - 1] as number, kept[to] as number)) to++
    const points = kept.slice(from, to).map((i) => {
      const reading = track.readings[i] as Reading
      return [plot.x(reading.at.getTime()), bottom - ((reading.values[core] ?? 0) / 100) * (height - 1)] as const
    })
    context.beginPath()
    for (const [x, y] of points) context.lineTo(x, y)
    context.strokeStyle = color
    context.lineWidth = 1.3
    context.lineJoin = 'round'
    context.stroke()
    context.lineTo(points.at(-1)?.[0] ?? 0, bottom)
    context.lineTo(points[0]?.[0] ?? 0, bottom)
    context.globalAlpha = 0.26
    context.fillStyle = color
    context.fill()
    context.globalAlpha = 1
    from = to
  }
}

function paintStripe(
  frame: Frame,
  plot: Plot,
  kept: readonly number[],
  core: number,
  top: number,
  height: number,
): void {
  const { context, track, palette } = frame
  context.fillStyle = palette.series[0]
  for (let k = 1; k < kept.length; k++) {
    const before = kept[k - 1] as number
    const here = kept[k] as number
    if (!contiguous(track.readings, before, here)) continue
    const reading = track.readings[here] as Reading
    const left = plot.x((track.readings[before] as Reading).at.getTime())
    context.globalAlpha = Math.min(1, (reading.values[core] ?? 0) / 100)
    context.fillRect(left, top, plot.x(reading.at.getTime()) - left + 0.5, Math.max(1, height))
  }
  context.globalAlpha = 1
}

function paintNames({ context, sensor, palette }: Frame, plot: Plot, rowHeight: number, gap: number): void {
  context.font = palette.font
  context.textAlign = 'left'
  context.textBaseline = 'top'
  context.lineJoin = 'round'
  const tall = rowHeight - gap >= 26
  sensor.series.forEach((name, row) => {
    const words = tall ? name : name.replace(/^core /, '')
    const y = plot.top + row * rowHeight + (tall ? 5 : (rowHeight - gap - 9) / 2)
    context.strokeStyle = palette.card
    context.lineWidth = 3
    context.strokeText(words, plot.left + 5, y)
    context.fillStyle = palette.muted
    context.fillText(words, plot.left + 5, y)
  })
}

function contiguous(readings: readonly Reading[], before: number, here: number): boolean {
  return (readings[here]?.seq ?? 0) - (readings[before]?.seq ?? 0) === here - before
}
