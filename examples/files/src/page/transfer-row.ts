import { make, say } from '../../../machine/src/page/dom.ts'
import { sizeWords } from '../size.ts'
import { Gate } from './gate.ts'

/** One transfer on the page, from its beginning to whatever became of it. */
export class TransferRow {
  readonly element: HTMLElement
  readonly gate = new Gate()
  /** Runs when somebody takes it off the page. */
  removed: () => void = () => {}
  readonly #leave = new AbortController()
  readonly #bytes: number
  readonly #progress: HTMLProgressElement
  readonly #words = make('p', { class: 'words', 'data-testid': 'words' }, 'Beginning')
  readonly #actions = make('div', { class: 'actions' })
  /** What came since when, for the rate. */
  #since = { at: performance.now(), stored: 0 }
  #rate = 0

  constructor(name: string, bytes: number, direction: 'up' | 'down') {
    this.#bytes = bytes
    this.#progress = make('progress', { max: Math.max(1, bytes), value: 0, 'aria-label': name })
    const pause = make('button', { type: 'button', 'data-testid': 'pause' }, 'Pause')
    const stop = make('button', { type: 'button', 'data-testid': 'stop' }, 'Stop')
    pause.addEventListener('click', () => {
      if (this.gate.isShut) this.gate.open()
      else this.gate.shut()
      say(pause, this.gate.isShut ? 'Go on' : 'Pause')
      this.element.toggleAttribute('data-paused', this.gate.isShut)
    })
    stop.addEventListener('click', () => {
      this.#leave.abort()
      this.gate.open()
    })
    this.#actions.append(pause, stop)
    const title = make('p', { class: 'name' }, `${direction === 'up' ? '↑' : '↓'} ${name}`)
    this.element = make('li', { 'data-testid': 'transfer' }, title, this.#words, this.#actions, this.#progress)
  }

  get signal(): AbortSignal {
    return this.#leave.signal
  }

  show(stored: number, resumed: number): void {
    const now = performance.now()
    if (this.#since.stored === 0) this.#since = { at: now, stored }
    this.element.dataset.stored = `${stored}`
    this.element.dataset.resumed = `${resumed}`
    if (now - this.#since.at > 500) {
      this.#rate = ((stored - this.#since.stored) / (now - this.#since.at)) * 1000
      this.#since = { at: now, stored }
    }
    this.#progress.value = stored
    const rate = this.#rate > 0 && stored < this.#bytes ? ` · ${sizeWords(this.#rate)}/s` : ''
    const before = resumed > 0 ? ` · ${sizeWords(resumed)} were there before` : ''
    say(this.#words, `${sizeWords(stored)} of ${sizeWords(this.#bytes)}${rate}${before}`)
  }

  done(words: string, ...actions: HTMLElement[]): void {
    this.element.classList.add('done')
    this.#over(words, actions)
  }

  failed(words: string, ...actions: HTMLElement[]): void {
    this.element.classList.add('bad')
    this.#over(words, actions)
  }

  #over(words: string, actions: readonly HTMLElement[]): void {
    say(this.#words, words)
    const away = make('button', { type: 'button', 'aria-label': 'Take it off the list' }, '×')
    away.addEventListener('click', () => {
      this.element.remove()
      this.removed()
    })
    this.#actions.replaceChildren(...actions, away)
  }
}
