/** What is reported of one metric over all rounds. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: number
  /** That of each round, in their order. */
  readonly values: readonly number[]
}

/** @throws RangeError when there is nothing to summarise */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  const [median, min, max] = [0.5, 0, 1].map((share) => quantile(sorted, share)) as [number, number, number]
  return { median, min, max, rounds: values.length, values: [...values] }
}

/**
 * The value below which a share of the sorted values lies; between two of them, the line that joins them.
 *
 * @throws RangeError when there are no values
 */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) throw new RangeError('no values')
  const place = share * (sorted.length - 1)
  const below = sorted[Math.floor(place)] ?? Number.NaN
  const above = sorted[Math.ceil(place)] ?? Number.NaN
  return below + (above - below) * (place - Math.floor(place))
}
