import { byId, make, say } from '../../../machine/src/page/dom.ts'

/** What the page counted since it was opened. */
export type Proof = {
  heard: number
  missing: number
  doubled: number
  gaps: number
  spared: number
  moves: number
}

const ROWS = [
  ['heard', 'changes'],
  ['missing', 'missing'],
  ['doubled', 'doubled'],
  ['gaps', 'gaps'],
  ['spared', 'prices spared'],
  ['moves', 'reconnects'],
] as const
const ZERO: readonly string[] = ['missing', 'doubled', 'gaps']

/** Shows the proof a few times a second, which is as often as a person can read numbers. */
export function createProofPanel(proof: () => Proof): void {
  const list = byId('ledger', HTMLElement)
  const cells = ROWS.map(([name, label]) => {
    const value = make('dd', { 'data-testid': `proof-${name}` }, '0')
    const row = make('div', {}, make('dt', {}, label), value)
    list.append(row)
    return { name, value, row }
  })
  const render = () => {
    const now = proof()
    for (const { name, value, row } of cells) {
      say(value, now[name].toLocaleString('en'))
      if (ZERO.includes(name)) row.className = now[name] === 0 ? 'good' : 'bad'
    }
    const wrong = now.missing + now.doubled
    say(byId('proof-verdict', HTMLElement), now.heard === 0 ? '' : wrong === 0 ? 'nothing' : `${wrong} wrong`)
  }
  render()
  setInterval(render, 250)
}
