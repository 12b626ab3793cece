import { clock, inWords } from '../../format.ts'
import type { ChartCard } from './chart-card.ts'

export type CursorPort = {
  /** The stretch of time that the charts show. */
  range(): { from: number; to: number }
  current(): number | undefined
  /** Puts the cursor of all charts at a time, or takes it away; `spoken` is what a screen reader should say of it. */
  move(at: number | undefined, spoken: string | undefined): void
}

/** Pointing at a chart, or walking along it with the arrow keys, shows the values of that moment on all charts. */
export function wireCursor({ canvas, track, sensor }: ChartCard, port: CursorPort): void {
  const point = (event: PointerEvent) => {
    const box = canvas.getBoundingClientRect()
    const { from, to } = port.range()
    port.move(from + ((event.clientX - box.left) / box.width) * (to - from), undefined)
  }
  canvas.addEventListener('pointermove', point)
  canvas.addEventListener('pointerdown', point)
  canvas.addEventListener('pointerleave', () => port.move(undefined, undefined))
  canvas.addEventListener('pointercancel', () => port.move(undefined, undefined))
  canvas.addEventListener('blur', () => port.move(undefined, undefined))
  canvas.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') return port.move(undefined, undefined)
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10, Home: -Infinity, End: Infinity }[event.key]
    if (step === undefined || track.readings.length === 0) return
    event.preventDefault()
    const at = port.current()
    const last = track.readings.length - 1
    const first = Math.min(last, track.indexAt(port.range().from))
    // Without a cursor yet, the walk starts at the newest reading.
    const index = at === undefined ? last : Math.min(last, track.indexAt(at)) + step
    const reading = track.readings[Math.max(first, Math.min(last, index))]
    if (reading === undefined) return
    const values = sensor.series.map((name, i) => `${name} ${inWords(reading.values[i] ?? 0, sensor.unit)}`)
    port.move(reading.at.getTime(), `${clock(reading.at.getTime())}: ${values.join(', ')}`)
  })
}
