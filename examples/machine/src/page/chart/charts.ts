import type { Reading, SensorInfo } from '../../contract.ts'
import type { ServerClock } from '../server-clock.ts'
import { createTrack, type Track } from '../track.ts'
import { ChartCard } from './chart-card.ts'
import { wireCursor } from './cursor.ts'
import type { Outage } from './frame.ts'
import { readPalette } from './palette.ts'

export type ChartsOptions = {
  grid: HTMLElement
  clock: ServerClock
  /** Called with the moment that the cursor points at, or undefined when it left; `spoken` when the keyboard moved it. */
  onCursor(at: Date | undefined, spoken: string | undefined): void
}

const GROWS_FROM_MS = 20_000
const GROWS_UP_TO_MS = 60_000

/** How often the charts are put into words for those who hear the page, in milliseconds. */
const DESCRIBE_MS = 5000

/** All charts of the page. They share the stretch of time shown, the cursor, and the outages. */
export class Charts {
  readonly outages: Outage[] = []
  readonly #options: ChartsOptions
  readonly #cards = new Map<string, ChartCard>()
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)')
  #palette = readPalette()
  #windowMs = GROWS_UP_TO_MS
  #dirty = true
  #paintedFrom = 0
  #paintedTo = 0
  #cursorAt: number | undefined

  constructor(options: ChartsOptions) {
    this.#options = options
    requestAnimationFrame(() => this.#paint())
    setInterval(() => {
      for (const card of this.#cards.values()) card.describe()
    }, DESCRIBE_MS)
  }

  /** How much time the charts show, in milliseconds. */
  get windowMs(): number {
    return this.#windowMs
  }

  set windowMs(value: number) {
    this.#windowMs = value
    this.touch()
  }

  /** Makes a card for every sensor. Sensors that have one keep it, and their readings. */
  show(sensors: readonly SensorInfo[]): void {
    const { grid } = this.#options
    // What is in there before are the grey stand-ins of index.html.
    if (this.#cards.size === 0) grid.replaceChildren()
    for (const sensor of sensors) {
      if (this.#cards.has(sensor.name)) continue
      const card = new ChartCard(sensor, createTrack(), () => this.touch())
      this.#cards.set(sensor.name, card)
      grid.append(card.element)
      wireCursor(card, {
        range: () => ({ from: this.#paintedFrom, to: this.#paintedTo }),
        current: () => this.#cursorAt,
        move: (at, spoken) => this.#moveCursor(card.track, at, spoken),
      })
    }
    this.touch()
  }

  track(sensor: string): Track | undefined {
    return this.#cards.get(sensor)?.track
  }

  tracks(): Track[] {
    return [...this.#cards.values()].map(({ track }) => track)
  }

  /** Something changed that the next frame must show. */
  touch(): void {
    this.#dirty = true
  }

  /** The colours of the page changed. */
  recolour(): void {
    this.#palette = readPalette()
    this.touch()
  }

  #paint(): void {
    requestAnimationFrame(() => this.#paint())
    const to = this.#options.clock.now()
    // Repainting is worth it when something changed or the picture has moved by half a pixel; standing still costs nothing.
    const widest = Math.max(1, ...[...this.#cards.values()].map(({ width }) => width))
    const moved = (Math.abs(to - this.#paintedTo) / this.#windowMs) * widest
    if (!this.#dirty && (this.#still.matches || moved < 0.5)) return
    this.#dirty = false
    this.#paintedTo = to
    this.#paintedFrom = to - this.#shownMs(to)
    const shared = { from: this.#paintedFrom, to, outages: this.outages, palette: this.#palette }
    for (const card of this.#cards.values()) card.paint({ ...shared, cursor: this.#pointedAt(card.track) })
  }

  /** A machine that has just begun to measure would leave the shortest window all but empty: the charts grow into it. */
  #shownMs(to: number): number {
    if (this.#windowMs > GROWS_UP_TO_MS) return this.#windowMs
    const began = Math.min(...this.tracks().map(({ first }) => first?.at.getTime() ?? to))
    return Math.min(this.#windowMs, Math.max(GROWS_FROM_MS, to - began))
  }

  #moveCursor(track: Track, at: number | undefined, spoken: string | undefined): void {
    this.#cursorAt = at
    this.#options.onCursor(this.#pointedAt(track)?.at, spoken)
    this.touch()
  }

  /** The reading that is nearest to the cursor. */
  #pointedAt(track: Track): Reading | undefined {
    const at = this.#cursorAt
    if (at === undefined) return undefined
    const index = track.indexAt(at)
    const after = track.readings[index]
    const before = track.readings[index - 1]
    if (!after || !before) return after ?? before
    return after.at.getTime() - at < at - before.at.getTime() ? after : before
  }
}
