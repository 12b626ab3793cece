import type { Question } from '../contract.ts'
import { byId, make, say } from './dom.ts'

/**
 * Shows a question that the server asks this page, and resolves with the answer. When the server stops waiting, `signal`
 * aborts, the card goes, and what is returned then goes nowhere.
 */
export function createQuestions(announce: (words: string) => void) {
  const stack = byId('questions', HTMLElement)

  return function ask(question: Question, signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const deadline = Date.now() + question.patienceMs
      const patience = make('p', { class: 'patience' })
      const yes = make('button', { class: 'button primary', type: 'button', 'data-testid': 'answer-yes' }, question.yes)
      const no = make('button', { class: 'button', type: 'button', 'data-testid': 'answer-no' }, question.no)
      const bar = make('span', { class: 'bar', 'aria-hidden': true })
      bar.style.animationDuration = `${question.patienceMs}ms`
      const card = make(
        'section',
        { class: 'question', role: 'group', tabindex: -1, 'aria-label': 'The machine asks', 'data-testid': 'question' },
        make('p', { class: 'from' }, 'The machine asks you'),
        make('p', { class: 'asked', 'data-testid': 'question-text' }, question.question),
        make('p', { class: 'detail' }, question.detail),
        patience,
        make('div', { class: 'choices' }, yes, no),
        bar,
      )
      const tick = () => {
        const seconds = Math.max(0, Math.ceil((deadline - Date.now()) / 1000))
        say(patience, `No answer in ${seconds}\u00a0s counts as ${question.silenceMeans}.`)
      }
      const timer = setInterval(tick, 250)
      const settle = (answer: boolean) => {
        clearInterval(timer)
        card.remove()
        resolve(answer)
      }
      yes.addEventListener('click', () => settle(true))
      no.addEventListener('click', () => settle(false))
      card.addEventListener('keydown', (event) => {
        if (event.key === 'Escape') settle(false)
      })
      signal.addEventListener('abort', () => settle(false), { once: true })
      // The connection may go while the card is open; then nobody tells that the time is over.
      setTimeout(() => settle(question.silenceMeans === 'yes'), question.patienceMs)
      tick()
      stack.append(card)
      announce(`The machine asks: ${question.question} ${question.detail}`)
      // The card takes the focus, not its buttons: a key already on its way down must not answer. Typing is not interrupted.
      if (!(document.activeElement instanceof HTMLInputElement)) card.focus({ preventScroll: true })
    })
  }
}
