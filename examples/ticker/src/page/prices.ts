import type { MarketName } from '../contract.ts'

/** As many as a chart shows: the last minute. */
const MOST = 300
const LEAST = 20

/** How many prices fill a chart: it begins with a short time, and shows more when there is more. */
export function roomFor(prices: readonly number[]): number {
  return Math.max(LEAST, prices.length)
}

/** The newest prices of every market. What a slow screen was not sent is not missing: only the newest counts. */
export class Prices {
  readonly #newest = new Map<MarketName, { n: number | undefined; readonly values: number[] }>()
  /** Older prices that this screen was spared. */
  spared = 0

  /** What was paid before this page came. */
  begin(market: MarketName, before: readonly number[]): void {
    const known = this.#newest.get(market) ?? { n: undefined, values: [] }
    this.#newest.set(market, known)
    if (known.values.length < before.length) known.values.splice(0, known.values.length, ...before)
  }

  hear(market: MarketName, n: number, price: number): void {
    const known = this.#newest.get(market) ?? { n: undefined, values: [] }
    this.#newest.set(market, known)
    if (known.n !== undefined && n <= known.n) return
    if (known.n !== undefined) this.spared += n - known.n - 1
    known.n = n
    known.values.push(price)
    if (known.values.length > MOST) known.values.shift()
  }

  of(market: MarketName): readonly number[] {
    return this.#newest.get(market)?.values ?? []
  }

  /** What came between can not be had any more: that is lost, and not spared. */
  gap(): void {
    for (const known of this.#newest.values()) known.n = undefined
  }
}
