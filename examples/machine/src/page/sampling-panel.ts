import { isDeclaredError } from '@wirepact/contract'
import { machine } from '../contract.ts'
import { interval } from '../format.ts'
import { byId, make, say } from './dom.ts'

export type SamplingPanel = { show(intervalMs: number, otherViewers: number): void }

/** @param setInterval asks the machine for another pace, for everybody; rejects as the contract declares */
export function createSamplingPanel(
  setSampling: (intervalMs: number) => Promise<{ intervalMs: number }>,
): SamplingPanel {
  const form = byId('interval-form', HTMLFormElement)
  const input = byId('interval', HTMLInputElement)
  const answer = byId('interval-answer', HTMLElement)
  const now = byId('interval-now', HTMLElement)
  const presets = [...byId('presets', HTMLElement).querySelectorAll('button')]
  const controls = [...presets, ...form.querySelectorAll('button')]
  let others = 0

  function reply(kind: 'good' | 'bad' | 'wait', ...content: (Node | string)[]): void {
    answer.className = `answer ${kind}`
    answer.dataset.kind = kind
    answer.replaceChildren(...content)
  }

  async function ask(intervalMs: number): Promise<void> {
    for (const control of controls) control.disabled = true
    reply('wait', others === 0 ? 'Asking the machine …' : 'Waiting for what the other viewers say …')
    try {
      const { intervalMs: set } = await setSampling(intervalMs)
      reply('good', `Everybody now gets a reading every ${interval(set)}.`)
    } catch (error) {
      reply('bad', ...explain(error, ask))
      input.setAttribute('aria-invalid', 'true')
    } finally {
      for (const control of controls) control.disabled = false
    }
  }

  for (const preset of presets) {
    preset.addEventListener('click', () => {
      input.value = preset.dataset.interval ?? ''
      void ask(Number(preset.dataset.interval))
    })
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    // What is not a number goes to the machine too: judging it is the contract's business, and its answer is worth seeing.
    void ask(Number(input.value.replace(',', '.')))
  })
  input.addEventListener('input', () => input.removeAttribute('aria-invalid'))

  return {
    show(intervalMs, otherViewers) {
      others = otherViewers
      say(now, `a reading every ${interval(intervalMs)}`)
      for (const preset of presets) {
        preset.setAttribute('aria-pressed', String(Number(preset.dataset.interval) === intervalMs))
      }
      // Never under the fingers of somebody who is typing.
      if (document.activeElement !== input) input.value = String(intervalMs)
    },
  }
}

/** A failed call in words. What the contract declares has a sentence of its own; the rest says what it is. */
function explain(error: unknown, retry: (intervalMs: number) => Promise<void>): (Node | string)[] {
  if (!isDeclaredError(machine.server.sampling.setInterval, error)) return explainAnyFailure(error)
  switch (error.code) {
    case 'TOO_FAST': {
      const { askedMs, minimumMs } = error.data
      const use = make(
        'button',
        { class: 'button small', type: 'button', 'data-testid': 'use-minimum' },
        `Use ${interval(minimumMs)}`,
      )
      use.addEventListener('click', () => void retry(minimumMs))
      return [
        make('strong', {}, `${interval(askedMs)} is too fast`),
        make('span', {}, `This machine can be read every ${interval(minimumMs)} at most.`),
        use,
        make('code', {}, `TOO_FAST { askedMs: ${askedMs}, minimumMs: ${minimumMs} }`),
      ]
    }
    case 'DECLINED':
      return [
        make('strong', {}, error.data.by === 'you' ? 'You said no' : `${error.data.by} said no`),
        make('span', {}, 'The pace stays as it was.'),
        make('code', {}, `DECLINED { by: "${error.data.by}" }`),
      ]
    case 'BUSY':
      return [
        make('strong', {}, 'One question at a time'),
        make('span', {}, `${error.data.by} has just asked for another pace. Try again in a moment.`),
        make('code', {}, `BUSY { by: "${error.data.by}" }`),
      ]
  }
}

/** What can go wrong with any call. An input that its schema refuses comes back with what was found, and where. */
function explainAnyFailure(thrown: unknown): Node[] {
  const { code = 'error', message = 'That did not work.', issues = [] } = thrown as Partial<Failure>
  const [issue] = issues
  if (code !== 'invalid-input' || issue === undefined) return [make('span', {}, message), make('code', {}, code)]
  return [
    make('strong', {}, 'That is not an interval'),
    make('span', {}, `${issue.message}.`),
    make('code', {}, `invalid-input at ${(issue.path ?? []).join('.')}`),
  ]
}

type Failure = { code: string; message: string; issues: readonly { message: string; path?: readonly PropertyKey[] }[] }
