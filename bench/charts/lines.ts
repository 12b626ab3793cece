import { tick } from './number-text.ts'
import { linearScale, logScale, type Scale } from './scale.ts'
import { type Colour, dotAt, lineThrough, movedBy, textAt, widthOf } from './svg.ts'

/** One line of a plot. */
export interface Series {
  readonly label: string
  readonly kind: 'ours' | 'variant' | 'other'
  readonly points: readonly (readonly [x: number, y: number])[]
  /** The smallest and the largest y of all rounds at each point, where they are known. */
  readonly spread?: readonly (readonly [min: number, max: number])[]
}

export interface LinePlot {
  readonly title: string
  /** What the height is, and how to read it. */
  readonly about: string
  readonly axis: string
  readonly x: (length: number) => Scale
  readonly xTick: (value: number) => string
  readonly series: readonly Series[]
}

const TOP = 50
const BOTTOM = 44
const LEFT = 52
const ROW = 15
/** Values further apart than this are drawn by powers of ten. */
const LINEAR_WITHIN = 15
const DASHES = [undefined, '6 3', '2 3', '9 3 2 3']

/** A plot with a line for each series, named at its end. Fills the size given. */
export function drawLines(plot: LinePlot, width: number, height: number): string {
  const right = Math.max(...plot.series.map(({ label }) => widthOf(label))) + 16
  const size = { width: width - LEFT - right, height: height - TOP - BOTTOM }
  const x = plot.x(size.width)
  const y = verticalScale(plot.series, size.height)
  const down = (value: number) => size.height - y.place(value)
  const drawn = [...plot.series]
    .map((series, index) => ({ series, ...styleOf(series.kind, index) }))
    // Ours last, above the others.
    .sort((a, b) => Number(a.series.kind === 'ours') - Number(b.series.kind === 'ours'))
  const lines = drawn.map(({ series, colour, dash }) => drawSeries(series, colour, dash, x.place, down))
  const ends = endsOf(
    drawn.map(({ series, colour }) => ({ series, colour, y: down(series.points.at(-1)?.[1] ?? 0) })),
    size.height,
  )
  const names = ends.map(({ series, colour, y: end }) =>
    textAt([size.width + 10, end + 4], series.label, `${colour}${series.kind === 'ours' ? ' bold' : ''}`),
  )
  return [
    textAt([0, 14], plot.title, 'text title'),
    textAt([0, 32], plot.about, 'muted small'),
    movedBy(LEFT, TOP, [...axesOf(plot, x, y, size), ...lines, ...names].join('\n')),
  ].join('\n')
}

function verticalScale(series: readonly Series[], height: number): Scale {
  const values = series.flatMap(({ points, spread = [] }) => [...points.map(([, y]) => y), ...spread.flat()])
  const [low, high] = [Math.min(...values), Math.max(...values)]
  return low > 0 && high / low > LINEAR_WITHIN ? logScale(low, high, height) : linearScale(high, height)
}

function axesOf(
  plot: LinePlot,
  x: Scale,
  y: Scale,
  size: { readonly width: number; readonly height: number },
): string[] {
  const across = y.ticks.map((value) => {
    const place = size.height - y.place(value)
    const line = [
      [0, place],
      [size.width, place],
    ] as const
    return `${lineThrough(line, 'grid')}${textAt([-8, place + 4], tick(value), 'muted small', 'end')}`
  })
  const labelled = withRoom(x, (value) => widthOf(plot.xTick(value)))
  const upright = x.ticks.map((value) => {
    const place = x.place(value)
    const line = [
      [place, 0],
      [place, size.height],
    ] as const
    const label = labelled.has(value)
      ? textAt([place, size.height + 16], plot.xTick(value), 'muted small', 'middle')
      : ''
    return `${lineThrough(line, 'grid')}${label}`
  })
  return [...across, ...upright, textAt([size.width / 2, size.height + 34], plot.axis, 'muted small', 'middle')]
}

/** The ticks whose labels do not touch the label before. */
function withRoom({ ticks, place }: Scale, width: (value: number) => number): ReadonlySet<number> {
  let free = Number.NEGATIVE_INFINITY
  return new Set(
    ticks.filter((value) => {
      const half = width(value) / 2
      if (place(value) - half < free) return false
      free = place(value) + half + 8
      return true
    }),
  )
}

function drawSeries(
  { points, spread, kind }: Series,
  colour: Colour,
  dash: string | undefined,
  across: (value: number) => number,
  down: (value: number) => number,
): string {
  const path = points.map(([x, y]) => [across(x), down(y)] as const)
  const width = kind === 'ours' ? 2.5 : 1.5
  const spreads = (spread ?? []).map(([min, max], index) => {
    const x = path[index]?.[0] ?? 0
    const bar = [
      [x, down(min)],
      [x, down(max)],
    ] as const
    return lineThrough(bar, colour, { width: 4, faint: true })
  })
  // Many points are a curve by themselves.
  const dots = path.length > 20 ? [] : path.map(([x, y]) => dotAt(x, y, kind === 'ours' ? 3 : 2.2, colour))
  return [...spreads, lineThrough(path, colour, { width, ...(dash === undefined ? {} : { dash }) }), ...dots].join('')
}

function styleOf(kind: Series['kind'], index: number): { readonly colour: Colour; readonly dash: string | undefined } {
  if (kind === 'ours') return { colour: 'ours', dash: undefined }
  return { colour: `line${index % 7}`, dash: DASHES[Math.floor(index / 7) % DASHES.length] }
}

/** Names beside the ends of their lines, moved apart until they can be read. */
function endsOf<End extends { readonly y: number }>(ends: readonly End[], height: number): readonly End[] {
  const sorted = [...ends].sort((a, b) => a.y - b.y)
  let free = Number.NEGATIVE_INFINITY
  const placed = sorted.map((end) => {
    const y = Math.max(end.y, free)
    free = y + ROW
    return { ...end, y }
  })
  // Those that were pushed out below move up again.
  let below = height + ROW / 2
  return placed.reverse().map((end) => {
    const y = Math.min(end.y, below)
    below = y - ROW
    return { ...end, y }
  })
}
