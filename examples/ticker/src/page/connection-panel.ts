import type { Status } from '@wirepact/client'
import { byId, make, say } from '../../../machine/src/page/dom.ts'
import { type Recovery, recoveryWords, statusWords } from './status-words.ts'

export type ServingNode = { name: string; pid: number; startedAt: Date }

/** Stops of the journey that are shown. */
const STOPS = 5

/** Which node serves the page, how the connection is, what happened to it, and the button that kills the node. */
export class ConnectionPanel {
  readonly #announce: (words: string) => void
  readonly #journey: string[] = []
  #status: Status = { phase: 'connecting', attempt: 1 }
  #since = Date.now()
  #node: ServingNode | undefined

  constructor(kill: () => void, announce: (words: string) => void) {
    this.#announce = announce
    byId('kill', HTMLButtonElement).addEventListener('click', () => {
      byId('kill', HTMLButtonElement).disabled = true
      byId('outcome', HTMLElement).hidden = true
      kill()
    })
    // The words count seconds; a tenth of one is as fine as they get.
    setInterval(() => this.#render(), 100)
  }

  show(status: Status): void {
    const isNew = status.phase !== this.#status.phase
    // Each try has a countdown of its own.
    if (isNew || status.phase !== 'connected') this.#since = Date.now()
    this.#status = status
    document.body.dataset.phase = status.phase
    const panel = document.querySelector<HTMLElement>('.status')
    if (panel) panel.dataset.phase = status.phase
    this.#render()
    if (isNew) this.#announce(`${byId('status-words', HTMLElement).textContent}.`)
  }

  serves(node: ServingNode): void {
    const known = this.#node
    this.#node = node
    document.body.dataset.node = node.name
    document.body.dataset.pid = String(node.pid)
    say(byId('node-process', HTMLElement), `process ${node.pid}`)
    say(byId('kill-label', HTMLElement), `Kill ${node.name}`)
    if (known?.pid === node.pid) return
    this.#journey.push(node.name)
    const stops = this.#journey.slice(-STOPS)
    byId('journey', HTMLElement).replaceChildren(
      ...stops.map((name, index) => make('li', { 'aria-current': index === stops.length - 1 }, name)),
    )
    this.#render()
  }

  recovered(recovery: Recovery): void {
    const outcome = byId('outcome', HTMLElement)
    const words = recoveryWords(recovery)
    outcome.hidden = false
    outcome.classList.toggle('holes', recovery.next !== recovery.last + 1)
    say(outcome, words)
    this.#announce(words)
  }

  #render(): void {
    const words = statusWords(this.#status, this.#node?.name, Date.now() - this.#since)
    say(byId('pill-words', HTMLElement), words.short)
    say(byId('status-words', HTMLElement), words.headline)
    say(byId('status-more', HTMLElement), words.sentence)
    byId('kill', HTMLButtonElement).disabled = this.#status.phase !== 'connected' || this.#node === undefined
  }
}
