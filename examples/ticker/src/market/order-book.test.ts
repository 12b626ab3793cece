import { describe, expect, it } from 'vitest'
import { House } from './house.ts'
import { OrderBook } from './order-book.ts'

const ada = { id: 'a', trader: 'ada' }

/** Applies changes as a page does. */
function follow(levels: Map<number, number>, changes: readonly { price: number; quantity: number }[]): void {
  for (const { price, quantity } of changes) {
    if (quantity === 0) levels.delete(price)
    else levels.set(price, quantity)
  }
}

describe('an order book', () => {
  it('trades orders that meet at the price that was there first, and keeps what is left', () => {
    const book = new OrderBook()
    book.place({ side: 'sell', price: 102, quantity: 5 })
    book.place({ side: 'sell', price: 101, quantity: 5 })
    book.place({ side: 'buy', price: 103, quantity: 12 })
    expect(book.takeMoment().trades).toEqual([
      { price: 101, quantity: 5, side: 'buy' },
      { price: 102, quantity: 5, side: 'buy' },
    ])
    expect([book.levels('buy'), book.levels('sell')]).toEqual([[{ price: 103, quantity: 2 }], []])
  })

  it('tells a person that the order entered, and then of each trade', () => {
    const book = new OrderBook()
    book.place({ side: 'buy', price: 100, quantity: 5 }, ada)
    book.place({ side: 'sell', price: 99, quantity: 3 })
    book.place({ side: 'sell', price: 100, quantity: 9 })
    expect(book.takeMoment().told).toEqual([
      { ...ada, n: 1, quantity: 0, price: 100, left: 5 },
      { ...ada, n: 2, quantity: 3, price: 100, left: 2 },
      { ...ada, n: 3, quantity: 2, price: 100, left: 0 },
    ])
    expect(book.levels('buy')).toEqual([])
  })

  it('leaves people’s orders in the book when the house withdraws its own', () => {
    const book = new OrderBook()
    book.place({ side: 'buy', price: 100, quantity: 5 }, ada)
    book.place({ side: 'buy', price: 100, quantity: 7 })
    book.withdraw('buy', 100)
    expect(book.levels('buy')).toEqual([{ price: 100, quantity: 5 }])
  })

  it('is what one gets by applying its changes to what it was, and goes on from what was saved', () => {
    let state = 7
    const random = () => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
    let book = new OrderBook()
    let house = new House(50_000, random)
    const seen = { buy: new Map<number, number>(), sell: new Map<number, number>() }
    let trades = 0
    for (let moment = 0; moment < 500; moment++) {
      house.trade(book)
      if (moment % 50 === 0) book.place({ side: 'buy', price: book.best('buy') ?? 1, quantity: 40 }, ada)
      const changes = book.takeMoment()
      trades += changes.trades.length
      follow(seen.buy, changes.bids)
      follow(seen.sell, changes.asks)
      for (const side of ['buy', 'sell'] as const)
        expect(new Map(book.levels(side).map(({ price, quantity }) => [price, quantity]))).toEqual(seen[side])
      const [bid = 0, ask = Number.POSITIVE_INFINITY] = [book.best('buy'), book.best('sell')]
      expect(bid).toBeLessThan(ask)
      if (moment % 100 === 99) {
        book = new OrderBook(JSON.parse(JSON.stringify(book.save())))
        house = new House(50_000, random, bid)
      }
    }
    expect(trades).toBeGreaterThan(100)
  })
})
