import { quantile } from './statistics.ts'
import type { Curve, Figure } from './workload.ts'

const PERCENTS = [
  0, 1, 5, 10, 20, 30, 40, 50, 60, 70, 75, 80, 85, 90, 92.5, 95, 97.5, 98, 99, 99.5, 99.75, 99.9, 99.95, 99.99, 99.999,
  100,
]

/** What is said of many latencies, which are in ms and sorted; all figures are in µs. */
export class Latencies {
  readonly #sorted: Float64Array

  /** Takes the array, and sorts it. */
  constructor(milliseconds: Float64Array) {
    this.#sorted = milliseconds.sort()
  }

  /** By name: `p50` has a half of them below it, `p999` all but a thousandth. */
  quantile(name: `p${number}`): Figure {
    const digits = name.slice(1)
    return this.#figure(name, quantile(this.#sorted, Number(digits) / 10 ** digits.length))
  }

  /** Median, mean, standard deviation, least and most. */
  summary(): readonly Figure[] {
    const sorted = this.#sorted
    const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length
    const variance = sorted.reduce((sum, value) => sum + (value - mean) ** 2, 0) / sorted.length
    return [
      this.#figure('median', quantile(sorted, 0.5)),
      this.#figure('mean', mean),
      this.#figure('deviation', Math.sqrt(variance)),
      this.#figure('min', quantile(sorted, 0)),
      this.#figure('max', quantile(sorted, 1)),
    ]
  }

  /** For a plot: which latency is not exceeded by how many of a hundred calls. */
  percentiles(): Curve {
    const points = PERCENTS.map((percent) => [percent, quantile(this.#sorted, percent / 100) * 1000] as const)
    return { metric: 'percentiles', unit: 'µs', axis: 'percent', points }
  }

  #figure(metric: string, milliseconds: number): Figure {
    return { metric, unit: 'µs', value: milliseconds * 1000 }
  }
}
