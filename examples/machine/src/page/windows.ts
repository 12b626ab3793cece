import { count, duration } from '../format.ts'
import type { Charts } from './chart/charts.ts'
import { byId, say } from './dom.ts'
import type { Fetched } from './feed.ts'

/** The buttons that say how far back the charts reach. What the page does not hold yet is asked of the machine's history. */
export function wireWindows(charts: Charts, reachBack: () => Promise<Fetched>): void {
  const group = byId('windows', HTMLElement)
  const words = byId('history-words', HTMLElement)
  const buttons = [...group.querySelectorAll('button')]

  async function choose(button: HTMLButtonElement): Promise<void> {
    for (const each of buttons) each.setAttribute('aria-pressed', String(each === button))
    charts.windowMs = Number(button.dataset.window) * 1000
    say(words, 'Fetching history …')
    try {
      const { fetched, calls } = await reachBack()
      say(words, [fetchedWords(fetched, calls), reachWords(charts)].filter((part) => part !== '').join(' '))
    } catch {
      say(words, 'History cannot be had right now.')
    }
  }

  for (const button of buttons) button.addEventListener('click', () => void choose(button))
}

function fetchedWords(fetched: number, calls: number): string {
  return fetched === 0
    ? ''
    : `Fetched ${count(fetched, 'older reading', 'older readings')} in ${count(calls, 'call', 'calls')}.`
}

/** Says so where the machine remembers less than the charts could show. */
function reachWords(charts: Charts): string {
  const tracks = charts.tracks()
  const oldest = Math.min(...tracks.flatMap(({ first }) => (first ? [first.at.getTime()] : [])))
  const newest = Math.max(...tracks.flatMap(({ last }) => (last ? [last.at.getTime()] : [])))
  const reach = newest - oldest
  return reach > 0 && reach < charts.windowMs - 5000 ? `The machine remembers ${duration(reach)}.` : ''
}
