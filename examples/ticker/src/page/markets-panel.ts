import { byId, make, say } from '../../../machine/src/page/dom.ts'
import { MARKETS, type MarketName, type Row } from '../contract.ts'
import { drawLine } from './line.ts'
import { money, percent } from './money.ts'
import { type Prices, roomFor } from './prices.ts'

type Card = { button: HTMLButtonElement; last: HTMLElement; change: HTMLElement; line: HTMLCanvasElement }

/** The markets, each with its price, its day and its last minute; one is chosen. */
export class MarketsPanel {
  readonly #cards = new Map<MarketName, Card>()
  readonly #prices: Prices
  readonly #rows = new Map<MarketName, Row>()

  constructor(prices: Prices, choose: (market: MarketName) => void) {
    this.#prices = prices
    const list = byId('markets', HTMLElement)
    for (const market of MARKETS) {
      const last = make('span', { class: 'last', 'data-testid': `last-${market}` }, '–')
      const change = make('span', { class: 'change' })
      const line = make('canvas', { class: 'spark', 'aria-hidden': 'true' })
      const button = make(
        'button',
        { type: 'button', class: 'card choice', 'aria-pressed': 'false', 'data-testid': `market-${market}` },
        make('span', { class: 'name' }, market),
        last,
        line,
        change,
      )
      button.addEventListener('click', () => choose(market))
      list.append(button)
      this.#cards.set(market, { button, last, change, line })
    }
  }

  chosen(market: MarketName): void {
    for (const [name, { button }] of this.#cards) button.setAttribute('aria-pressed', String(name === market))
  }

  /** The day so far, as it was broadcast. */
  session(rows: readonly Row[]): void {
    for (const row of rows) this.#rows.set(row.market, row)
  }

  row(market: MarketName): Row | undefined {
    return this.#rows.get(market)
  }

  render(): void {
    for (const [market, { last, change, line }] of this.#cards) {
      const values = this.#prices.of(market)
      const row = this.#rows.get(market)
      const price = values.at(-1) ?? row?.last
      if (price === undefined) continue
      say(last, money(price))
      if (row !== undefined) {
        say(change, percent(row.open, price))
        change.dataset.falls = String(price < row.open)
      }
      drawLine(line, { values, room: roomFor(values) })
    }
  }
}
