/** From values to pixels, and what is written beside them. */
export interface Scale {
  readonly place: (value: number) => number
  readonly ticks: readonly number[]
}

/** From 0 to a round number above the largest value. */
export function linearScale(largest: number, length: number, ticks = 5): Scale {
  const step = roundStep(largest / ticks)
  const end = Math.max(step * Math.ceil(largest / step - 1e-9), step)
  const count = Math.round(end / step)
  return {
    place: (value) => (value / end) * length,
    ticks: Array.from({ length: count + 1 }, (_, index) => index * step),
  }
}

/** Between powers of ten that hold all values. Zero and less have no place on it. */
export function logScale(smallest: number, largest: number, length: number): Scale {
  const low = Math.floor(Math.log10(smallest) + 1e-9)
  const high = Math.max(Math.ceil(Math.log10(largest) - 1e-9), low + 1)
  return {
    place: (value) => ((Math.log10(Math.max(value, 10 ** low)) - low) / (high - low)) * length,
    ticks: Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index)),
  }
}

/** Exactly from the first to the last of these values, which are its ticks. */
export function stepScale(values: readonly number[], length: number): Scale {
  const [low, high] = [Math.log(values[0] ?? 1), Math.log(values.at(-1) ?? 1)]
  return { place: (value) => ((Math.log(value) - low) / (high - low || 1)) * length, ticks: values }
}

/**
 * Percentiles as HdrHistogram's plots have them: each step to the right is a tenth of what is left above. The largest value
 * of all, the hundredth percentile, stands at the right edge.
 */
export function percentileScale(percents: readonly number[], length: number): Scale {
  const nines = (percent: number) => Math.log10(1 / (1 - percent / 100))
  const below = percents.filter((percent) => percent < 100)
  const last = nines(Math.max(...below)) + (below.length < percents.length ? 0.5 : 0)
  const usual = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999].filter((percent) => nines(percent) <= last + 1e-9)
  return {
    place: (percent) => (percent >= 100 ? length : (nines(percent) / last) * length),
    ticks: below.length < percents.length ? [...usual, 100] : usual,
  }
}

/** 1, 2 or 5 times a power of ten, not smaller than this. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return ([1, 2, 5, 10].find((step) => step * power >= least - power * 1e-9) ?? 10) * power
}
