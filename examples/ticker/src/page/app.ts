// First, because the contract's schemas are made when it is imported.
import '../../../machine/src/page/jitless.ts'
import { connect } from '@wirepact/client'
import { byId, say } from '../../../machine/src/page/dom.ts'
import { wireThemeButton } from '../../../machine/src/page/theme-button.ts'
import { MARKETS, type MarketName, type Order, ticker } from '../contract.ts'
import { showAudience } from './audience-panel.ts'
import { BookPanel } from './book-panel.ts'
import { BookView } from './book-view.ts'
import { ConnectionPanel } from './connection-panel.ts'
import { readIdentity } from './identity.ts'
import { MarketsPanel } from './markets-panel.ts'
import { money } from './money.ts'
import { Numbering } from './numbering.ts'
import { OrderPanel } from './order-panel.ts'
import { OwnOrders } from './own-orders.ts'
import { placeOnce } from './place-once.ts'
import { Prices } from './prices.ts'
import { createProofPanel } from './proof-panel.ts'

const announce = (words: string) => say(byId('announce', HTMLElement), words)
const client = connect(ticker, '/rpc', {
  credentials: readIdentity,
  // There is always another node: no need to wait for the one that went away.
  reconnect: { firstMs: 300, baseMs: 300, capMs: 3_000 },
})
const { api, events, state, status } = client

const prices = new Prices()
const orders = new OwnOrders()
const broadcasts = new Numbering()
const books: BookView[] = []
const counted = { gaps: 0, moves: 0 }
let watching: { market: MarketName; book: BookView; stop(): void } | undefined
let outage: { at: number; from: string; last: number } | undefined

const kill = () => void api.node.kill().catch(() => {})
const connection = new ConnectionPanel(kill, announce)
const markets = new MarketsPanel(prices, watch)
const panel = new BookPanel((price) => desk.pick(price))
const desk: OrderPanel = new OrderPanel({ orders, place, kill })

/** Shows a market: its whole book comes first, and then every change. */
function watch(market: MarketName): void {
  if (watching?.market === market) return
  watching?.stop()
  const book = new BookView()
  books.push(book)
  const subscription = events.book.subscribe(
    { market },
    {
      snapshot(whole) {
        book.snapshot(whole)
        prices.begin(market, whole.prices)
      },
      next(change) {
        recover(book.numbering.last, change.n)
        book.change(change)
      },
      gap: () => counted.gaps++,
    },
  )
  watching = { market, book, stop: () => subscription.unsubscribe() }
  outage = undefined
  markets.chosen(market)
  desk.market(market)
  render()
}

/** The first change after an outage says whether the book went on where it was. */
function recover(last: number | undefined, next: number): void {
  const to = state.value?.node.name
  if (outage === undefined || status.value.phase !== 'connected' || last === undefined || to === undefined) return
  connection.recovered({ awayMs: Date.now() - outage.at, from: outage.from, to, last, next })
  outage = undefined
}

async function place(order: Order): Promise<void> {
  const own = orders.add(order)
  try {
    // Whoever is told what becomes of it has to listen before it is sent.
    await reports?.ready
    const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
    const { node } = await placeOnce((input, options) => api.orders.place(input, options), order, wait)
    orders.queued(own, node)
  } catch (error) {
    own.phase = 'refused'
    const { code, data, message } = error as {
      code?: string
      data?: { lowest: number; highest: number }
      message: string
    }
    if (code !== 'TOO_FAR' || data === undefined) throw new Error(`${code}: ${message}`)
    throw new Error(`Too far from the price: from ${money(data.lowest)} to ${money(data.highest)} will do. (${code})`)
  }
}

events.price.subscribe({ next: ({ market, n, price }) => prices.hear(market, n, price), gap: () => prices.gap() })
events.session.subscribe({
  next({ n, rows, at }) {
    broadcasts.hear(n)
    markets.session(rows)
    const traded = rows.reduce((sum, { volume }) => sum + volume, 0).toLocaleString('en')
    say(byId('broadcast', HTMLElement), `${at.toLocaleTimeString('en-GB')} · ${traded} units traded`)
  },
  gap() {
    counted.gaps++
    broadcasts.gap()
  },
})

let reports: { trader: string; ready: Promise<void>; stop(): void } | undefined

state.subscribe((value) => {
  if (value === undefined) return
  const { node, trader } = value
  connection.serves(node)
  if (reports?.trader === trader) return
  reports?.stop()
  const subscription = events.report.subscribe({ trader }, { next: (report) => orders.report(report) })
  reports = { trader, ready: subscription.ready, stop: () => subscription.unsubscribe() }
})

let before = status.value.phase
status.subscribe((now) => {
  if (before === 'connected' && now.phase !== 'connected') {
    const last = watching?.book.numbering.last
    outage = last === undefined ? undefined : { at: Date.now(), from: state.value?.node.name ?? 'a node', last }
  }
  if (now.phase === 'connected' && before !== 'connecting' && before !== 'connected') counted.moves++
  before = now.phase
  connection.show(now)
})

function render(): void {
  markets.render()
  if (watching === undefined) return
  const { market, book } = watching
  panel.render(market, book, prices, markets.row(market))
  desk.render({ buy: book.bids(1)[0]?.price, sell: book.asks(1)[0]?.price })
  showAudience(state.value?.audience ?? [], market, state.value?.node.name)
}

createProofPanel(() => {
  const all = [broadcasts, ...books.map(({ numbering }) => numbering)]
  const sum = (of: 'heard' | 'missing' | 'doubled') => all.reduce((total, each) => total + each[of], 0)
  const doubled = sum('doubled') + orders.twice
  return { heard: sum('heard'), missing: sum('missing'), doubled, spared: prices.spared, ...counted }
})
wireThemeButton(byId('theme', HTMLButtonElement), byId('theme-words', HTMLElement), render)
watch(MARKETS[0])
connection.show(status.value)
// As often as a screen is drawn, when there is one to draw on, and no more often than a person can follow.
setInterval(() => requestAnimationFrame(render), 100)
addEventListener('scroll', () => document.querySelector('.top')?.classList.toggle('stuck', scrollY > 4), {
  passive: true,
})
