import type { Reading, SensorInfo } from '../../contract.ts'
import { inWords } from '../../format.ts'
import { make, say } from '../dom.ts'
import type { Track } from '../track.ts'
import type { Frame } from './frame.ts'
import { headline, summary } from './headline.ts'
import { paintCores } from './paint-cores.ts'
import { paintSeries } from './paint-series.ts'

/** As many readings as the description of a chart in words looks at. */
const DESCRIBED = 300

/** One sensor on the page: its name, its newest number, its legend and its chart. */
export class ChartCard {
  readonly element: HTMLElement
  readonly canvas = make('canvas', { role: 'img', tabindex: 0 })
  readonly sensor: SensorInfo
  readonly track: Track
  readonly #context = this.canvas.getContext('2d') as CanvasRenderingContext2D
  readonly #number: HTMLElement
  readonly #unit = make('span', { class: 'unit' })
  readonly #values: HTMLElement[]
  readonly #empty = make('p', { class: 'empty' }, 'Waiting for the first reading')
  readonly #size: { readonly width: number; readonly height: number; readonly ratio: number }

  /** @param resized called when the card has another size and must be painted again */
  constructor(sensor: SensorInfo, track: Track, resized: () => void) {
    this.sensor = sensor
    this.track = track
    this.canvas.setAttribute('aria-label', sensor.title)
    this.#number = make('span', { 'data-testid': `now-${sensor.name}` }, '–')
    this.#values = sensor.series.map(() => make('b'))
    const now = make('p', { class: 'now' }, this.#number, this.#unit)
    this.element = make(
      'article',
      { class: 'card chart', 'data-testid': `chart-${sensor.name}`, 'data-readings': 0, 'data-missing': 0 },
      make('div', { class: 'chart-head' }, make('h2', {}, sensor.title), now),
      make('ul', { class: 'legend' }, ...this.#legend()),
      make('div', { class: 'plot' }, this.canvas, this.#empty),
    )
    this.#size = fitToPixels(this.canvas, resized)
  }

  /** Width of the chart in CSS pixels, 0 while it is not laid out. */
  get width(): number {
    return this.#size.width
  }

  paint(shared: Pick<Frame, 'from' | 'to' | 'outages' | 'cursor' | 'palette'>): void {
    const { track, sensor } = this
    prove(this.element.dataset, track)
    this.#empty.hidden = track.last !== undefined
    const shown = shared.cursor ?? track.last
    if (shown !== undefined) this.#showNumbers(shown)
    const { width, height, ratio } = this.#size
    if (width === 0 || height === 0) return
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0)
    const frame: Frame = { ...shared, context: this.#context, width, height, sensor, track }
    if (sensor.name === 'cores') paintCores(frame)
    else paintSeries(frame)
  }

  /** Puts the chart into words, for those who hear the page. */
  describe(): void {
    this.canvas.setAttribute('aria-label', summary(this.sensor, this.track.readings.slice(-DESCRIBED)))
  }

  #legend(): HTMLElement[] {
    const { name, series } = this.sensor
    // As many colours as cores would tell nobody anything; their rows are named on the chart.
    if (name === 'cores') return [make('li', {}, series.length === 1 ? '1 core' : `${series.length} cores`)]
    return series.map((label, i) => {
      const swatch = make('span', { class: `swatch s${i + 1}`, 'aria-hidden': true })
      return make('li', {}, swatch, `${label} `, this.#values[i] ?? '')
    })
  }

  #showNumbers(reading: Reading): void {
    const head = headline(this.sensor, reading)
    say(this.#number, head.number)
    say(this.#unit, `${head.unit} ${head.of}`.trim())
    this.#values.forEach((value, i) => {
      say(value, inWords(reading.values[i] ?? 0, this.sensor.unit))
    })
  }
}

/** What the chart holds, where tests and curious people can read it. */
function prove(data: DOMStringMap, track: Track): void {
  const proof = {
    readings: track.readings.length,
    missing: track.missing,
    first: track.first?.seq ?? 0,
    last: track.last?.seq ?? 0,
  }
  for (const [name, value] of Object.entries(proof)) {
    if (data[name] !== String(value)) data[name] = String(value)
  }
}

/** Gives the canvas as many pixels as the screen has under it: on a dense screen lines stay crisp. */
function fitToPixels(canvas: HTMLCanvasElement, resized: () => void): { width: number; height: number; ratio: number } {
  const size = { width: 0, height: 0, ratio: 1 }
  new ResizeObserver(() => {
    const box = canvas.getBoundingClientRect()
    size.width = box.width
    size.height = box.height
    size.ratio = window.devicePixelRatio || 1
    canvas.width = Math.round(box.width * size.ratio)
    canvas.height = Math.round(box.height * size.ratio)
    resized()
  }).observe(canvas)
  return size
}
