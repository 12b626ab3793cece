import { inWords } from '../../format.ts'
import type { Frame, Plot } from './frame.ts'
import { linear, timeTicks, valueTicks } from './scale.ts'

/** The lines at round values, each with its value above its left end. */
export function paintValueAxis({ context, sensor, palette }: Frame, plot: Plot, ceiling: number): void {
  const y = linear(0, ceiling, plot.bottom, plot.top)
  context.strokeStyle = palette.grid
  context.lineWidth = 1
  for (const tick of valueTicks(ceiling, sensor.unit)) {
    // On half pixels a line one pixel wide covers one row instead of two half ones.
    const line = Math.round(y(tick)) + 0.5
    context.beginPath()
    context.moveTo(plot.left, line)
    context.lineTo(plot.right, line)
    context.stroke()
  }
}

/** The values beside those lines, painted after the data, each with an edge in the card's colour to stay readable on top. */
export function paintValueLabels({ context, sensor, palette }: Frame, plot: Plot, ceiling: number): void {
  const y = linear(0, ceiling, plot.bottom, plot.top)
  context.font = palette.font
  context.textAlign = 'left'
  context.lineJoin = 'round'
  for (const tick of valueTicks(ceiling, sensor.unit)) {
    if (tick === 0) continue
    const words = sensor.unit === 'processes' ? String(Math.round(tick * 100) / 100) : inWords(tick, sensor.unit)
    const top = y(tick) < plot.top + 14
    context.textBaseline = top ? 'top' : 'bottom'
    const line = y(tick) + (top ? 3 : -2)
    context.strokeStyle = palette.card
    context.lineWidth = 3
    context.strokeText(words, plot.left + 2, line)
    context.fillStyle = palette.muted
    context.fillText(words, plot.left + 2, line)
  }
}

export function paintTimeAxis({ context, from, to, palette }: Frame, plot: Plot): void {
  context.font = palette.font
  context.textBaseline = 'alphabetic'
  context.fillStyle = palette.muted
  context.strokeStyle = palette.grid
  context.lineWidth = 1
  const seconds = to - from <= 120_000
  for (const tick of timeTicks(from, to, plot.right - plot.left)) {
    const x = plot.x(tick)
    const words = new Date(tick).toLocaleTimeString('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      ...(seconds ? { second: '2-digit' } : {}),
    })
    const half = context.measureText(words).width / 2
    // A label that would be cut off at an edge is left out; its neighbours tell enough.
    if (x - half < plot.left || x + half > plot.right + 7) continue
    context.textAlign = 'center'
    context.fillText(words, x, plot.bottom + 15)
    context.beginPath()
    context.moveTo(Math.round(x) + 0.5, plot.bottom)
    context.lineTo(Math.round(x) + 0.5, plot.bottom + 3)
    context.stroke()
  }
}

/** Hatches the stretches of time without a connection. The data goes on top: that is what the replay brought back. */
export function paintOutages({ context, outages, to, palette }: Frame, plot: Plot): void {
  for (const outage of outages) {
    const left = Math.max(plot.left, plot.x(outage.from))
    const right = Math.min(plot.right, plot.x(outage.to ?? to))
    if (right <= left) continue
    context.save()
    context.beginPath()
    context.rect(left, plot.top, right - left, plot.bottom - plot.top)
    context.clip()
    context.globalAlpha = 0.22
    context.fillStyle = palette.band
    context.fillRect(left, plot.top, right - left, plot.bottom - plot.top)
    context.globalAlpha = 0.55
    context.strokeStyle = palette.band
    context.lineWidth = 1
    context.beginPath()
    const height = plot.bottom - plot.top
    // Anchored to time, not to the pane, so that the hatching moves along with the data.
    const shift = plot.x(outage.from) % 7
    for (let x = left - height - 7 + shift; x < right + 7; x += 7) {
      context.moveTo(x, plot.bottom)
      context.lineTo(x + height, plot.top)
    }
    context.stroke()
    context.restore()
  }
}

export function paintCursor({ context, cursor, palette }: Frame, plot: Plot): void {
  if (cursor === undefined) return
  const x = plot.x(cursor.at.getTime())
  if (x < plot.left || x > plot.right) return
  context.strokeStyle = palette.muted
  context.lineWidth = 1
  context.beginPath()
  context.moveTo(Math.round(x) + 0.5, plot.top)
  context.lineTo(Math.round(x) + 0.5, plot.bottom)
  context.stroke()
}
