import { byId, make, say } from '../../../machine/src/page/dom.ts'
import type { MarketName, Order, Side } from '../contract.ts'
import { cents, money } from './money.ts'
import type { OwnOrder, OwnOrders } from './own-orders.ts'

export type OrderPanelOptions = {
  orders: OwnOrders
  /** Sends an order; rejects with what a person should read. */
  place(order: Order): Promise<void>
  kill(): void
}

/** A form for one order, and what became of those before it. */
export class OrderPanel {
  readonly #options: OrderPanelOptions
  readonly #price = byId('price', HTMLInputElement)
  readonly #answer = byId('order-answer', HTMLElement)
  #market: MarketName | undefined
  #side: Side = 'buy'
  /** Somebody typed a price, and it is left alone. */
  #typed = false

  constructor(options: OrderPanelOptions) {
    this.#options = options
    const sides = [...document.querySelectorAll<HTMLButtonElement>('[data-side][aria-pressed]')]
    for (const button of sides) {
      button.addEventListener('click', () => {
        this.#side = button.dataset.side === 'sell' ? 'sell' : 'buy'
        this.#typed = false
        for (const each of sides) each.setAttribute('aria-pressed', String(each === button))
      })
    }
    this.#price.addEventListener('input', () => {
      this.#typed = this.#price.value !== ''
    })
    byId('order', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault()
      void this.#place()
    })
    byId('place-and-kill', HTMLButtonElement).addEventListener('click', () => {
      void this.#place()
      // At a moment of chance: before the order is in the queue, after it, with the answer in hand, or on its way.
      setTimeout(options.kill, Math.random() * 20)
    })
  }

  /** Another market was chosen. */
  market(market: MarketName): void {
    this.#market = market
    this.#typed = false
    say(byId('order-market', HTMLElement), market)
  }

  pick(price: number): void {
    this.#price.value = money(price)
    this.#typed = true
  }

  /** `best`: what the other side asks or bids now. */
  render(best: Record<Side, number | undefined>): void {
    const offered = best[this.#side === 'buy' ? 'sell' : 'buy']
    if (!this.#typed && offered !== undefined && document.activeElement !== this.#price)
      this.#price.value = money(offered)
    const list = byId('orders', HTMLElement)
    const orders = this.#options.orders.list().slice(0, 6)
    const words = orders.map(wordsOf)
    const shown = [...list.children].map((row) => row.textContent)
    if (shown.length === words.length && words.every(({ text }, index) => text === shown[index])) return
    list.replaceChildren(
      ...words.map(({ text, phase }) => make('li', { 'data-phase': phase, 'data-testid': 'order-row' }, text)),
    )
  }

  async #place(): Promise<void> {
    const [price, quantity] = [cents(this.#price.value), Number(byId('quantity', HTMLInputElement).value)]
    if (this.#market === undefined) return
    if (price === undefined || price === 0 || !Number.isInteger(quantity) || quantity < 1)
      return this.#say('bad', 'Units and price must be numbers above 0, the price with two digits at most.')
    this.#say('', '')
    const order = { id: crypto.randomUUID(), market: this.#market, side: this.#side, price, quantity }
    this.#typed = false
    try {
      await this.#options.place(order)
    } catch (error) {
      this.#say('bad', (error as Error).message)
    }
  }

  #say(kind: string, text: string): void {
    this.#answer.className = `answer ${kind}`
    say(this.#answer, text)
  }
}

function wordsOf({ side, quantity, market, price, phase, left, node, entered }: OwnOrder): {
  text: string
  phase: string
} {
  const done = quantity - left
  const what = `${side === 'buy' ? 'Buy' : 'Sell'} ${quantity} ${market} at ${money(price)}`
  const by = node === undefined ? '' : ` · taken by ${node}`
  const twice = entered.size > 1 ? ` · took effect ${entered.size} times` : ''
  const became = {
    sending: 'on its way',
    queued: 'in the queue',
    standing: done === 0 ? 'in the book' : `${done} of ${quantity} traded`,
    done: 'traded',
    refused: 'refused',
  }[phase]
  return { text: `${what}: ${became}${by}${twice}`, phase }
}
