// First, because the contract's schemas are made when it is imported.
import '../../../machine/src/page/jitless.ts'
import { connect } from '@wirepact/client'
import { byId, make, say } from '../../../machine/src/page/dom.ts'
import { wireThemeButton } from '../../../machine/src/page/theme-button.ts'
import { terminal } from '../contract.ts'
import { readCredentials } from './credentials.ts'
import { Screen } from './screen.ts'
import { statusWords } from './status-words.ts'

const { api, status, close } = start()
const tabs = byId('tabs', HTMLElement)
const open = new Map<Screen, HTMLElement>()
let opened = 0

function start() {
  const credentials = readCredentials()
  const client = connect(terminal, '/rpc', { credentials })
  return { api: client.api, status: client.status, close: () => client.close() }
}

function add(): void {
  const name = `Shell ${++opened}`
  const choose = make('button', { type: 'button', role: 'tab' }, name)
  const end = make('button', { type: 'button', class: 'close', 'aria-label': `End ${name}`, title: `End ${name}` }, '×')
  const tab = make('div', { class: 'tab', 'data-testid': 'tab' }, choose, end)
  const screen = new Screen({
    ...{ api, id: crypto.randomUUID(), parent: byId('screens', HTMLElement) },
    ended: () => tab.setAttribute('data-ended', ''),
  })
  open.set(screen, tab)
  tabs.append(tab)
  choose.addEventListener('click', () => show(screen))
  end.addEventListener('click', () => {
    open.delete(screen)
    tab.remove()
    screen.close()
    const last = [...open.keys()].at(-1)
    if (last !== undefined) show(last)
  })
  show(screen)
}

function show(chosen: Screen): void {
  for (const [screen, tab] of open) {
    screen.choose(screen === chosen)
    tab.toggleAttribute('data-chosen', screen === chosen)
    tab.querySelector('[role=tab]')?.setAttribute('aria-selected', `${screen === chosen}`)
  }
}

let changedAt = performance.now()

function render(): void {
  const now = status.value
  const retryInMs = 'retryInMs' in now ? (now.retryInMs ?? 0) : 0
  const { short, notice } = statusWords(now, changedAt + retryInMs - performance.now())
  document.body.dataset.phase = now.phase
  byId('status-words', HTMLElement).closest<HTMLElement>('.status')?.setAttribute('data-phase', now.phase)
  say(byId('status-words', HTMLElement), short)
  const line = byId('notice', HTMLElement)
  line.hidden = notice === undefined
  say(line, notice ?? '')
}

status.subscribe(() => {
  changedAt = performance.now()
  render()
})
// The words count down.
setInterval(render, 200)
byId('add', HTMLButtonElement).addEventListener('click', add)
wireThemeButton(byId('theme', HTMLButtonElement), byId('theme-words', HTMLElement), () => {
  for (const screen of open.keys()) screen.recolour()
})
// Whoever leaves for good ends the shells at once. Without this they would wait for a page that does not come back.
addEventListener('pagehide', ({ persisted }) => {
  if (!persisted) void close()
})
render()
add()
