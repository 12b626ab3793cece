import { byId, say } from './dom.ts'
import { type Recovery, recoveryWords, type Situation, statusWords } from './status-words.ts'

export type ConnectionPanel = {
  show(situation: Situation): void
  recovered(recovery: Recovery): void
}

export type ConnectionPanelOptions = {
  /** Asks the server to destroy this page's socket. */
  cut(): void
  announce(words: string): void
  /** When the last reading came, in this page's milliseconds since 1970. */
  heardAt(): number | undefined
}

/** The connection's status in words, the button that cuts it, and what came of the last cut. */
export function createConnectionPanel({ cut, announce, heardAt }: ConnectionPanelOptions): ConnectionPanel {
  const pill = byId('pill-words', HTMLElement)
  const headline = byId('status-words', HTMLElement)
  const sentence = byId('status-more', HTMLElement)
  const outcome = byId('outcome', HTMLElement)
  const button = byId('cut', HTMLButtonElement)
  const status = headline.closest<HTMLElement>('.status')
  let current: Situation | undefined

  function render(): void {
    if (current === undefined) return
    const words = statusWords({ ...current, heardAt: heardAt() }, Date.now())
    say(pill, words.short)
    say(headline, words.headline)
    say(sentence, words.sentence)
  }

  button.addEventListener('click', () => {
    button.disabled = true
    outcome.hidden = true
    cut()
  })
  // The words count seconds; a tenth of one is as fine as they get.
  setInterval(render, 100)

  return {
    show(situation) {
      const changed = situation.phase !== current?.phase
      current = situation
      document.body.dataset.phase = situation.phase
      if (status) status.dataset.phase = situation.phase
      button.disabled = situation.phase !== 'connected'
      render()
      if (changed) announce(`${headline.textContent}. ${sentence.textContent}`)
    },
    recovered(recovery) {
      const words = recoveryWords(recovery)
      outcome.hidden = false
      outcome.classList.toggle('holes', recovery.missing > 0)
      say(outcome, words)
      announce(words)
    },
  }
}
