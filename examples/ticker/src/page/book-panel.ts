import { byId, make, say } from '../../../machine/src/page/dom.ts'
import type { MarketName, Row } from '../contract.ts'
import type { BookView } from './book-view.ts'
import { drawLine } from './line.ts'
import { money, percent } from './money.ts'
import { type Prices, roomFor } from './prices.ts'

/** Levels shown on each side. */
const LEVELS = 9

type Rung = { row: HTMLElement; price: HTMLElement; quantity: HTMLElement }

/** The chosen market: its price, its book as a ladder, its trades. */
export class BookPanel {
  readonly #rungs = new Map<string, Rung>()
  readonly #spread: HTMLElement
  readonly #tape = byId('tape', HTMLElement)
  readonly #pick: (price: number) => void
  #shownTrades: unknown

  /** `pick` is told a price of the ladder that somebody clicked. */
  constructor(pick: (price: number) => void) {
    this.#pick = pick
    const ladder = byId('ladder', HTMLElement)
    for (let level = LEVELS - 1; level >= 0; level--) ladder.append(this.#rung('ask', level))
    this.#spread = make('p', { class: 'spread' }, '–')
    ladder.append(this.#spread)
    for (let level = 0; level < LEVELS; level++) ladder.append(this.#rung('bid', level))
  }

  render(market: MarketName, book: BookView, prices: Prices, row: Row | undefined): void {
    const [bids, asks] = [book.bids(LEVELS), book.asks(LEVELS)]
    const most = Math.max(1, ...[...bids, ...asks].map(({ quantity }) => quantity))
    for (const [side, levels] of [['bid', bids] as const, ['ask', asks] as const]) {
      for (let level = 0; level < LEVELS; level++) {
        const rung = this.#rungs.get(`${side} ${level}`) as Rung
        const at = levels[level]
        rung.row.classList.toggle('empty', at === undefined)
        rung.row.style.setProperty('--share', String((at?.quantity ?? 0) / most))
        say(rung.price, at === undefined ? '' : money(at.price))
        say(rung.quantity, at === undefined ? '' : String(at.quantity))
      }
    }
    const [bid, ask] = [bids[0]?.price, asks[0]?.price]
    say(this.#spread, bid === undefined || ask === undefined ? '–' : `Spread ${money(ask - bid)}`)
    const { last } = book.numbering
    say(byId('book-number', HTMLElement), last === undefined ? '–' : `change ${last.toLocaleString('en')}`)
    this.#quote(market, prices, row)
    this.#trades(book)
  }

  #quote(market: MarketName, prices: Prices, row: Row | undefined): void {
    const values = prices.of(market)
    const last = values.at(-1) ?? row?.last
    say(byId('market-name', HTMLElement), market)
    if (last === undefined) return
    say(byId('quote-last', HTMLElement), money(last))
    drawLine(byId('quote-chart', HTMLCanvasElement), { values, room: roomFor(values) }, 10)
    if (row === undefined) return
    const change = byId('quote-change', HTMLElement)
    say(change, percent(row.open, last))
    change.dataset.falls = String(last < row.open)
    const facts = byId('quote-facts', HTMLElement)
    if (facts.childElementCount === 0)
      for (const name of ['High', 'Low', 'Traded']) facts.append(make('div', {}, make('dt', {}, name), make('dd')))
    const words = [money(row.high), money(row.low), row.volume.toLocaleString('en')]
    for (const [index, fact] of [...facts.querySelectorAll('dd')].entries()) say(fact, words[index] ?? '')
  }

  #trades({ trades }: BookView): void {
    if (this.#shownTrades === trades) return
    this.#shownTrades = trades
    this.#tape.replaceChildren(
      ...trades.map(({ side, price, quantity }) =>
        make(
          'li',
          { 'data-side': side },
          make('span', {}, money(price)),
          make('span', { class: 'quantity' }, String(quantity)),
          make('span', { class: 'what' }, side === 'buy' ? 'bought' : 'sold'),
        ),
      ),
    )
  }

  #rung(side: 'bid' | 'ask', level: number): HTMLElement {
    const price = make('span', { class: 'price' })
    const quantity = make('span', { class: 'quantity' })
    const row = make(
      'button',
      { type: 'button', class: `rung ${side} empty`, 'data-level': level, tabindex: '-1' },
      quantity,
      price,
    )
    row.addEventListener('click', () => {
      const cents = Number((price.textContent ?? '').replaceAll(/\D/g, ''))
      if (cents > 0) this.#pick(cents)
    })
    this.#rungs.set(`${side} ${level}`, { row, price, quantity })
    return row
  }
}
