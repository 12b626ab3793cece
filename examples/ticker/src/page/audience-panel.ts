import { byId, make, say } from '../../../machine/src/page/dom.ts'
import type { MarketName } from '../contract.ts'

export type Audience = readonly { market: MarketName; node: string; watching: number }[]

/** How many watch the chosen market, and on which nodes. */
export function showAudience(audience: Audience, market: MarketName, servedBy: string | undefined): void {
  const here = audience.filter((each) => each.market === market && each.watching > 0)
  const all = here.reduce((sum, { watching }) => sum + watching, 0)
  say(byId('audience-count', HTMLElement), `${all} ${all === 1 ? 'page' : 'pages'} on ${market}`)
  const most = Math.max(1, ...here.map(({ watching }) => watching))
  byId('audience', HTMLElement).replaceChildren(
    ...here
      .toSorted((one, other) => one.node.localeCompare(other.node))
      .map(({ node, watching }) => {
        const bar = make('span', { class: 'bar', 'aria-hidden': 'true' })
        bar.style.setProperty('--share', String(watching / most))
        const row = make(
          'li',
          { 'data-testid': 'audience-row' },
          make('span', { class: 'who' }, node),
          bar,
          make('span', { class: 'count' }, String(watching)),
        )
        if (node === servedBy) row.setAttribute('aria-current', 'true')
        return row
      }),
  )
}
