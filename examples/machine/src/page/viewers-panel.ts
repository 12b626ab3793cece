import { isDeclaredError } from '@wirepact/contract'
import { machine, type Viewer } from '../contract.ts'
import { byId, make, say } from './dom.ts'

/** Who is watching, and what you are called. */
export class ViewersPanel {
  readonly #list = byId('viewers', HTMLElement)
  readonly #count = byId('viewer-count', HTMLElement)
  readonly #rename: (name: string) => Promise<unknown>
  #latest: { viewers: readonly Viewer[]; you: number } | undefined
  #shown = ''
  #editing = false

  /** @param rename asks the machine for another name; rejects as the contract declares */
  constructor(rename: (name: string) => Promise<unknown>) {
    this.#rename = rename
  }

  show(viewers: readonly Viewer[], you: number): void {
    this.#latest = { viewers, you }
    this.#render()
  }

  #render(): void {
    if (this.#latest === undefined || this.#editing) return
    const { viewers, you } = this.#latest
    // Building the list anew takes the focus from its button, so it is done only for a reason.
    const key = JSON.stringify([viewers, you])
    if (key === this.#shown) return
    this.#shown = key
    say(this.#count, `${viewers.filter(({ here }) => here).length} here`)
    const sorted = [...viewers].sort((a, b) => Number(b.id === you) - Number(a.id === you) || a.id - b.id)
    this.#list.replaceChildren(...sorted.map((viewer) => this.#row(viewer, viewer.id === you)))
  }

  #row(viewer: Viewer, you: boolean): HTMLLIElement {
    const note = viewer.here ? (you ? 'you' : '') : 'away for a moment'
    const item = make(
      'li',
      { class: viewer.here ? undefined : 'away', 'data-testid': you ? 'viewer-you' : 'viewer' },
      make('span', { class: 'face', 'aria-hidden': true }, viewer.name.slice(0, 1).toUpperCase()),
      make('span', { class: 'who' }, viewer.name),
      make('span', { class: 'note' }, note),
    )
    if (you) {
      const button = make('button', { class: 'button small', type: 'button', 'data-testid': 'rename' }, 'Rename')
      button.addEventListener('click', () => this.#edit(item, viewer.name))
      item.append(button)
    }
    return item
  }

  #edit(item: HTMLLIElement, name: string): void {
    const label = 'What the others see you as'
    const input = make('input', { value: name, maxlength: 24, 'aria-label': label, 'data-testid': 'name' })
    const problem = make('span', { class: 'problem', role: 'alert' })
    const save = make('button', { class: 'button small', type: 'submit' }, 'Save')
    const form = make('form', {}, make('span', { class: 'field name' }, input), save, problem)
    form.addEventListener('submit', (event) => {
      event.preventDefault()
      this.#rename(input.value).then(
        () => this.#leave(),
        (error) => say(problem, whyNot(error)),
      )
    })
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#leave()
    })
    this.#editing = true
    item.replaceChildren(form)
    input.select()
  }

  #leave(): void {
    this.#editing = false
    this.#shown = ''
    this.#render()
    this.#list.querySelector('button')?.focus()
  }
}

function whyNot(error: unknown): string {
  if (isDeclaredError(machine.server.viewer.rename, error, 'TAKEN')) return 'Somebody here is called that already.'
  const { code, message } = error as { code?: string; message?: string }
  return code === 'invalid-input' ? 'A name has 1 to 24 characters.' : (message ?? 'That did not work.')
}
