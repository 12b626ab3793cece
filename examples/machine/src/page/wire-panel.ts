import { bytes } from '../format.ts'
import { byId, make, say } from './dom.ts'

/** What passed the wire since the page was opened. */
export type Ledger = {
  pushed: number
  replayed: number
  fromHistory: number
  missing: number
  gaps: number
  reconnects: number
  bytesIn: number
  bytesOut: number
}

const ROWS = [
  ['pushed', 'pushed'],
  ['replayed', 'replayed'],
  ['fromHistory', 'from history'],
  ['missing', 'missing'],
  ['gaps', 'gaps'],
  ['reconnects', 'reconnects'],
] as const

/** Shows the ledger twice a second, which is as often as a person can read numbers. */
export function createWirePanel(ledger: () => Ledger): void {
  const list = byId('ledger', HTMLElement)
  const words = byId('wire-words', HTMLElement)
  const cells = ROWS.map(([name, label]) => {
    const value = make('dd', { 'data-testid': `wire-${name}` }, '0')
    const row = make('div', {}, make('dt', {}, label), value)
    list.append(row)
    return { name, value, row }
  })

  function render(): void {
    const now = ledger()
    for (const { name, value, row } of cells) {
      say(value, now[name].toLocaleString('en'))
      // The two that ought to stay at zero say so in colour as well.
      if (name === 'missing' || name === 'gaps') row.className = now[name] === 0 ? 'good' : 'bad'
    }
    const [read, sent] = [bytes(now.bytesIn), bytes(now.bytesOut)]
    const readings = now.pushed + now.fromHistory
    const each = readings === 0 ? '' : `: ${Math.round(now.bytesIn / readings)} bytes a reading`
    say(words, `${read.number} ${read.unit} in, ${sent.number} ${sent.unit} out${each}.`)
  }
  render()
  setInterval(render, 500)
}
