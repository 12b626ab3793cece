import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { drawBars, heightOfBars } from './bars.ts'
import { type Curve, type Figure, Figures, type FiguresFile } from './figures.ts'
import { drawLines, type LinePlot } from './lines.ts'
import { binaryTick, countTick } from './number-text.ts'
import { percentileScale, stepScale } from './scale.ts'
import { cardOf, movedBy } from './svg.ts'
import { kindOf, shownMetric, titleOf } from './titles.ts'

const WIDTH = 760
const PADDING = 20
const PLOT_HEIGHT = 340

/** What the first look shows: the workloads in which most programs spend their time. */
const OVERVIEW = ['W2', 'W3', 'W4', 'W5b']
/** Two panels side by side, and between them. */
const GUTTER = 32

/** The others say the same in another way. */
const DRAWN_CURVES = ['percentiles', 'rate', 'server-cpu', 'payload']

/** Metrics whose unit says it all. */
const PLAIN = ['rate', 'bytes', 'memory', 'transfer', 'payload']

/** Every chart that these figures can fill, by file name. */
export function drawAll(figures: Figures): ReadonlyMap<string, string> {
  const drawings = new Map<string, string>()
  for (const workload of figures.workloads) {
    const bars = figures.metric(workload, shownMetric(workload))
    if (bars.length > 0) drawings.set(`${workload}.svg`, barChart(workload, bars))
    for (const curves of figures.curves(workload)) {
      const metric = curves[0]?.metric ?? ''
      if (DRAWN_CURVES.includes(metric)) drawings.set(`${workload}-${metric}.svg`, lineChart(workload, curves))
    }
  }
  const panels = OVERVIEW.map((workload) => ({ workload, figures: figures.metric(workload) }))
  if (panels.every((panel) => panel.figures.length > 0)) drawings.set('overview.svg', overview(panels))
  return drawings
}

/** All of them into a folder, which is made if there is none. */
export function drawInto(folder: string, file: FiguresFile): void {
  mkdirSync(folder, { recursive: true })
  const drawings = drawAll(new Figures(new Map([['this run', file]])))
  for (const [name, svg] of drawings) writeFileSync(join(folder, name), svg)
  console.log(`${drawings.size} charts drawn in ${folder}`)
}

function panelOf(workload: string, figures: readonly Figure[]) {
  const { unit, metric } = figures[0] ?? { unit: '', metric: '' }
  const bars = figures.map(({ subject, median, min, max }) => ({
    ...{ label: subject, median, min, max, kind: kindOf(subject) },
  }))
  return { title: titleOf(workload), about: aboutOf(metric, unit), better: betterOf(unit), bars }
}

function betterOf(unit: string): 'more' | 'less' {
  return unit.endsWith('/s') ? 'more' : 'less'
}

function aboutOf(metric: string, unit: string): string {
  return `${PLAIN.includes(metric) ? '' : `${metric}, `}${unit}, ${betterOf(unit)} is better`
}

function barChart(workload: string, figures: readonly Figure[]): string {
  const panel = panelOf(workload, figures)
  const body = movedBy(PADDING, PADDING, drawBars(panel, WIDTH - 2 * PADDING))
  return cardOf({ width: WIDTH, height: heightOfBars(figures.length) + 2 * PADDING }, panel.title, body)
}

function overview(panels: readonly { readonly workload: string; readonly figures: readonly Figure[] }[]): string {
  const width = (WIDTH - 2 * PADDING - GUTTER) / 2
  // Variants of wirepact are for those who read on.
  const drawn = panels.map(({ workload, figures }) =>
    panelOf(
      workload,
      figures.filter(({ subject }) => kindOf(subject) !== 'variant'),
    ),
  )
  const row = Math.max(...drawn.map(({ bars }) => heightOfBars(bars.length))) + 16
  const bodies = drawn.map((panel, index) =>
    movedBy(
      PADDING + (index % 2) * (width + GUTTER),
      PADDING + Math.floor(index / 2) * row,
      drawBars({ ...panel, title: panel.title.replace(/^\S+ · /, '') }, width),
    ),
  )
  const height = row * Math.ceil(drawn.length / 2) - 16 + 2 * PADDING
  return cardOf({ width: WIDTH, height }, 'wirepact beside others', bodies.join('\n'))
}

function lineChart(workload: string, curves: readonly Curve[]): string {
  const plot = isPercentiles(curves) ? percentilePlot(workload, curves) : curvePlot(workload, curves)
  const body = movedBy(PADDING, PADDING, drawLines(plot, WIDTH - 2 * PADDING, PLOT_HEIGHT))
  return cardOf({ width: WIDTH, height: PLOT_HEIGHT + 2 * PADDING }, plot.title, body)
}

function isPercentiles(curves: readonly Curve[]): boolean {
  return curves.some(({ metric, axis }) => metric === 'percentiles' || axis === 'percent')
}

function seriesOf(curves: readonly Curve[]): LinePlot['series'] {
  return curves.map(({ subject, points, values = [] }) => ({
    ...{ label: subject, kind: kindOf(subject), points },
    ...(values.length < 2 ? {} : { spread: points.map((_, index) => spreadAt(values, index)) }),
  }))
}

function spreadAt(values: readonly (readonly number[])[], index: number): readonly [number, number] {
  const own = values.map((round) => round[index]).filter((value) => value !== undefined)
  return [Math.min(...own), Math.max(...own)]
}

function percentilePlot(workload: string, curves: readonly Curve[]): LinePlot {
  const places = curves.flatMap(({ points }) => points.map(([percent]) => percent))
  const least = Math.min(...curves.flatMap(({ points }) => points.map(([, time]) => time)))
  const [unit, perUnit] = timeUnit(curves[0]?.unit ?? 'µs', least)
  return {
    title: titleOf(workload),
    about: `time in ${unit}, less is better`,
    axis: 'percent that took no longer',
    x: (length) => percentileScale([...new Set(places)], length),
    xTick: (percent) => (percent >= 100 ? 'all' : `${percent}`),
    // The spread of a hundred points would hide them.
    series: seriesOf(curves).map(({ label, kind, points }) => ({
      ...{ label, kind },
      points: points.map(([percent, time]) => [percent, time / perUnit] as const),
    })),
  }
}

/** Seconds in µs would be read by nobody. */
function timeUnit(unit: string, least: number): readonly [unit: string, per: number] {
  if (unit !== 'µs' || least < 10_000) return [unit, 1]
  return least < 1_000_000 ? ['ms', 1000] : ['s', 1_000_000]
}

function curvePlot(workload: string, curves: readonly Curve[]): LinePlot {
  const places = [...new Set(curves.flatMap(({ points }) => points.map(([place]) => place)))].sort((a, b) => a - b)
  const [first] = curves
  const axis = first?.axis ?? ''
  const unit = first?.unit ?? ''
  return {
    title: titleOf(workload),
    about: aboutOf(first?.metric ?? '', unit),
    axis,
    x: (length) => stepScale(places, length),
    xTick: /bytes|payload/i.test(axis) ? binaryTick : countTick,
    series: seriesOf(curves),
  }
}
