import { type CurveResult, curvesOf, type Measured } from './results.ts'
import { rowsOf, short } from './table.ts'

/** What a person reads about curves: a table for each metric, a line for each place on the axis, a column for each subject. */
export function curveTables(measured: readonly Measured[]): readonly string[] {
  // Percentiles are for a plot: in a table they would bury what was measured.
  const curves = curvesOf(measured).filter(({ axis }) => axis !== 'percent')
  const metrics = [...new Set(curves.map(({ metric }) => metric))]
  return metrics.map((metric) => `\n${tableOfCurves(curves.filter((curve) => curve.metric === metric))}`)
}

function tableOfCurves(curves: readonly CurveResult[]): string {
  const [first] = curves
  const places = [...new Set(curves.flatMap(({ points }) => points.map(([place]) => place)))].sort((a, b) => a - b)
  const header = [`${first?.metric} ${first?.unit} by ${first?.axis}`, ...curves.map(({ subject }) => subject)]
  const rows = places.map((place) => [
    String(place),
    ...curves.map(({ points }) => short(points.find(([other]) => other === place)?.[1])),
  ])
  return rowsOf([header, ...rows])
}
