import type { Reading, SensorInfo } from '../../contract.ts'
import type { Track } from '../track.ts'
import type { Palette } from './palette.ts'
import { linear } from './scale.ts'

/** A stretch of time in which this page had no connection; without an end while it lasts. In the machine's time. */
export type Outage = { from: number; to: number | undefined }

/** Everything that is needed to paint one chart once. All lengths in CSS pixels, all times in milliseconds since 1970. */
export type Frame = {
  context: CanvasRenderingContext2D
  width: number
  height: number
  /** The stretch of time shown. */
  from: number
  to: number
  sensor: SensorInfo
  track: Track
  outages: readonly Outage[]
  /** Where the pointer or the arrow keys are, if anywhere. */
  cursor: Reading | undefined
  palette: Palette
}

/** Room for the times below the plot, and for the dot at its right end. */
const BELOW = 20
const RIGHT = 7
const ABOVE = 6

export type Plot = {
  left: number
  right: number
  top: number
  bottom: number
  x: (at: number) => number
}

export function plotOf({ width, height, from, to }: Pick<Frame, 'width' | 'height' | 'from' | 'to'>): Plot {
  const right = width - RIGHT
  return { left: 0, right, top: ABOVE, bottom: height - BELOW, x: linear(from, to, 0, right) }
}

/** The indexes of the readings to look at: those in view, and one more on each side, so that lines run out of it. */
export function inView({ track, from, to }: Pick<Frame, 'track' | 'from' | 'to'>): [start: number, end: number] {
  const start = Math.max(0, track.indexAt(from) - 1)
  const end = Math.min(track.readings.length, track.indexAt(to) + 1)
  return [start, end]
}
