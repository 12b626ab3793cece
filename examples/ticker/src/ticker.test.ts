import { randomUUID } from 'node:crypto'
import { MemoryLog } from '@wirepact/eventlog'
import { Network } from '@wirepact/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type MarketName, type Order, type Report, ticker } from './contract.ts'
import { type Exchange, startExchange } from './market/exchange.ts'
import { loadMarket } from './market/saved-market.ts'
import { createNodeServer } from './node-server.ts'
import { BookView } from './page/book-view.ts'
import { Numbering } from './page/numbering.ts'

const everyMs = 5

/** An exchange that runs fast, and pages on nodes of a network that is not there. */
async function setUp() {
  const log = new MemoryLog({ now: () => performance.now(), epoch: 'one' })
  const failures: unknown[] = []
  const open = () => startExchange({ log, everyMs, sessionMs: 20, report: (error) => failures.push(error) })
  let exchange: Exchange | undefined = await open()
  const network = new Network({ seed: 1 })
  const nodes = ['node 1', 'node 2'].map((name) =>
    createNodeServer({ name, log, kill() {}, system: network.serverSystem }),
  )
  onTestFinished(async () => {
    await exchange?.close()
    await Promise.all(nodes.map((node) => node.close()))
    expect(failures).toEqual([])
  })
  /** Real time for the exchange, and virtual time for the network. */
  const until = async (wanted: () => boolean) => {
    while (!wanted()) {
      await new Promise((resolve) => setTimeout(resolve, everyMs))
      await network.advance(everyMs)
    }
  }
  /** A page on one of the nodes. */
  const page = async (node: number, key = `a secret of ${randomUUID()}`) => {
    network.serve(nodes[node])
    const client = network.connect(ticker, { credentials: { key }, report: () => {} })
    await until(() => client.state.value !== undefined)
    return client
  }
  const reopen = async (meanwhile: () => Promise<void>) => {
    await exchange?.close()
    exchange = undefined
    await meanwhile()
    exchange = await open()
  }
  return { log, network, nodes, page, until, reopen }
}

type Page = Awaited<ReturnType<Awaited<ReturnType<typeof setUp>>['page']>>

function watch(page: Page, market: MarketName): BookView {
  const book = new BookView()
  page.events.book.subscribe(
    { market },
    { snapshot: (whole) => book.snapshot(whole), next: (change) => book.change(change) },
  )
  return book
}

/** Hears what becomes of a page's orders, from when it resolves. */
async function hear(page: Page, until: (wanted: () => boolean) => Promise<void>): Promise<Report[]> {
  const reports: Report[] = []
  const trader = page.state.value?.trader ?? ''
  let isReady = false
  void page.events.report
    .subscribe({ trader }, { next: (report) => reports.push(report) })
    .ready.then(() => (isReady = true))
  await until(() => isReady)
  return reports
}

function order(parts: Partial<Order> = {}): Order {
  return { id: randomUUID(), market: 'pepper', side: 'buy', price: 900, quantity: 3, ...parts }
}

describe('a page', () => {
  it('has the book of its market, whichever node serves it, and nothing is missing', async () => {
    const { page, until, log, reopen } = await setUp()
    const books = [watch(await page(0), 'saffron'), watch(await page(1), 'saffron')]
    await until(() => books.every(({ numbering }) => numbering.heard > 30))
    await reopen(async () => {})
    const heard = books.map(({ numbering }) => numbering.heard)
    await until(() => books.every(({ numbering }, index) => numbering.heard > 30 + (heard[index] ?? 0)))
    await reopen(async () => {
      const saved = await loadMarket(log, 'saffron')
      await until(() => books.every(({ numbering }) => numbering.last === saved?.n))
      const [one, other] = books as [BookView, BookView]
      expect(one.bids(99)).toEqual(other.bids(99))
      expect(one.asks(99)).toEqual(other.asks(99))
      expect(one.bids(99)).toHaveLength(saved?.sides.bids.length ?? 0)
    })
    for (const { numbering } of books) expect([numbering.missing, numbering.doubled]).toEqual([0, 0])
  })

  it('is told about its own orders on any node, and nobody else is', async () => {
    const { page, until } = await setUp()
    const [here, there] = [await page(0, 'the secret of ada'), await page(1, 'the secret of ada')]
    const other = await page(1)
    const reports = await hear(there, until)
    let refused: string | undefined
    other.events.report.subscribe(
      { trader: here.state.value?.trader ?? '' },
      { next() {}, ended: (error) => (refused = error?.code) },
    )
    const placed = here.api.orders.place(order({ price: 1_050, quantity: 2 }), { key: 'one' })
    await until(() => reports.at(-1)?.left === 0)
    expect(await placed).toEqual({ node: 'node 1' })
    await until(() => refused !== undefined)
    expect(refused).toBe('permission-denied')
  })

  it('is told how far an order may be from the price', async () => {
    const { page, until } = await setUp()
    const place = (await page(0)).api.orders.place(order({ price: 1 }), { key: 'far' })
    let error: { code?: string; data?: unknown } = {}
    place.catch((thrown) => (error = thrown))
    await until(() => error.code !== undefined)
    expect(error).toMatchObject({ code: 'TOO_FAR', data: { lowest: expect.any(Number), highest: expect.any(Number) } })
  })
})

describe('an order', () => {
  it('takes effect once, however often it is sent, by whatever key, to whatever node', async () => {
    const { page, until } = await setUp()
    const pages = [await page(0, 'the secret of ada'), await page(1, 'the secret of ada')] as const
    const reports = await hear(pages[0], until)
    const one = order()
    const answers = ['a', 'a', 'b', 'c'].map((key, index) => (pages[index % 2] as Page).api.orders.place(one, { key }))
    let answered = 0
    for (const answer of answers) void answer.then(() => answered++)
    await until(() => answered === 4 && reports.length > 0)
    const after = order({ price: 1_050 })
    void pages[0].api.orders.place(after, { key: 'd' })
    await until(() => reports.some(({ id, left }) => id === after.id && left === 0))
    expect(reports.filter(({ id, n }) => id === one.id && n === 1)).toHaveLength(1)
  })

  it('that comes while the exchange is down is taken when it is back, once', async () => {
    const { page, until, reopen } = await setUp()
    const ada = await page(0)
    const reports = await hear(ada, until)
    const [before, meanwhile] = [order({ quantity: 1 }), order({ price: 1_050 })]
    let answered = 0
    void ada.api.orders.place(before, { key: 'before' }).then(() => answered++)
    await until(() => reports.length > 0)
    await reopen(async () => {
      void ada.api.orders.place(meanwhile, { key: 'meanwhile' }).then(() => answered++)
      await until(() => answered === 2)
    })
    await reopen(async () => {})
    await until(() => reports.some(({ id, left }) => id === meanwhile.id && left === 0))
    for (const { id } of [before, meanwhile])
      expect(new Set(reports.filter((each) => each.id === id && each.n === 1).map(({ step }) => step)).size).toBe(1)
  })
})

describe('a screen that is slow', () => {
  it('gets the newest price of each market, few of those between, and every change of the book', async () => {
    const log = new MemoryLog({ now: () => network.clock.now(), epoch: 'one' })
    const network = new Network({ seed: 1, latencyMs: 5 })
    const node = createNodeServer({
      ...{ name: 'node', log, kill() {}, system: network.serverSystem },
      limits: { highWaterBytes: 2_000 },
    })
    network.serve(node)
    const page = network.connect(ticker, { credentials: { key: 'the secret of ada' }, report: () => {} })
    const prices: { market: string; n: number }[] = []
    const sessions = new Numbering()
    page.events.price.subscribe({ next: (price) => prices.push(price) })
    page.events.session.subscribe({ next: ({ n }) => void sessions.hear(n) })
    await network.advance(200)
    network.links[0]?.stall(5_000)
    for (let n = 1; n <= 1_000; n++) {
      await node.events.price.publish({ market: n % 2 === 0 ? 'clove' : 'pepper', n: Math.ceil(n / 2), price: n })
      if (n % 10 === 0) await node.events.session.publish({ n: n / 10, at: new Date(0), rows: [] })
      await network.advance(4)
    }
    await network.advance(10_000)
    expect(prices.length).toBeLessThan(300)
    for (const market of ['clove', 'pepper'])
      expect(prices.findLast((price) => price.market === market)).toMatchObject({ n: 500 })
    expect(sessions).toMatchObject({ heard: 100, missing: 0, last: 100 })
    await network.until(Promise.all([page.close(), node.close()]))
  })
})
