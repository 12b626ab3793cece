import type { Client } from '@wirepact/client'
import { FitAddon } from '@xterm/addon-fit'
import { type ITheme, Terminal } from '@xterm/xterm'
import { make } from '../../../machine/src/page/dom.ts'
import type { terminal } from '../contract.ts'

type Api = Client<typeof terminal>['api']

export interface ScreenOptions {
  readonly api: Api
  readonly id: string
  readonly parent: HTMLElement
  /** Called when its shell has ended. */
  readonly ended: () => void
}

/** One shell and what it looks like. */
export class Screen {
  readonly element: HTMLElement
  readonly #terminal: Terminal
  readonly #fit = new FitAddon()
  readonly #options: ScreenOptions
  readonly #leave = new AbortController()
  readonly #watch: ResizeObserver

  constructor(options: ScreenOptions) {
    this.#options = options
    this.element = make('div', { class: 'screen', role: 'tabpanel', 'data-testid': 'screen' })
    options.parent.append(this.element)
    this.#terminal = new Terminal({
      fontFamily: 'ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, monospace',
      fontSize: 14,
      cursorBlink: false,
      scrollback: 5_000,
      theme: themeOf(),
    })
    this.#terminal.loadAddon(this.#fit)
    this.#terminal.open(this.element)
    this.#fit.fit()
    this.#watch = new ResizeObserver(() => this.#fit.fit())
    this.#watch.observe(this.element)
    this.#run()
  }

  choose(chosen: boolean): void {
    this.element.toggleAttribute('data-chosen', chosen)
    if (chosen) this.#terminal.focus()
  }

  recolour(): void {
    this.#terminal.options.theme = themeOf()
  }

  /** Ends its shell, and takes it off the page. */
  close(): void {
    this.#leave.abort()
    this.#watch.disconnect()
    this.#terminal.dispose()
    this.element.remove()
  }

  async #run(): Promise<void> {
    const { api, id, ended } = this.#options
    const shown = this.#terminal
    const { cols: columns, rows } = shown
    const stream = api.shell({ id, size: { columns, rows } }, { signal: this.#leave.signal })
    // What cannot be sent any more is of no use: its shell has ended, and says so below.
    const type = (bytes: Uint8Array) => void stream.write(bytes).catch(() => {})
    shown.onData((text) => type(new TextEncoder().encode(text)))
    shown.onBinary((text) => type(Uint8Array.from(text, (unit) => unit.charCodeAt(0))))
    shown.onResize(({ cols, rows }) => {
      // A shell that has just ended has no size, and one that is not there yet was told it with the call.
      api.resize({ id, size: { columns: cols, rows } }).catch(() => {})
    })
    try {
      // The next is taken when this has been drawn: whatever prints faster than that waits, on the server.
      for await (const bytes of stream) await new Promise<void>((resolve) => shown.write(bytes, resolve))
      const { exitCode, signal } = await stream.result
      this.#say(signal === null ? `The shell ended with code ${exitCode}.` : `The shell was ended by ${signal}.`)
    } catch (error) {
      if (this.#leave.signal.aborted) return
      const { code, data } = error as { code?: string; data?: { needs?: string; limit?: number } }
      if (code === 'NO_TERMINAL') this.#say(`No shell: the server needs ${data?.needs}.`)
      else if (code === 'TOO_MANY') this.#say(`No shell: there may be ${data?.limit} at once.`)
      else this.#say(`The shell is gone: ${(error as Error).message}`)
    }
    this.element.setAttribute('data-ended', '')
    ended()
  }

  #say(words: string): void {
    this.#terminal.write(`\r\n\x1b[2m${words}\x1b[0m\r\n`)
  }
}

/** The page's own colours, as they are now; what programs choose themselves has xterm's palette, or one for light pages. */
function themeOf(): ITheme {
  const style = getComputedStyle(document.body)
  const dark =
    style.colorScheme === 'dark' ||
    (style.colorScheme !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  return dark
    ? { background: '#0b1013', foreground: '#e9eff1', cursor: '#4fd1c5', selectionBackground: '#35444d' }
    : { ...LIGHT, background: '#ffffff', foreground: '#10191c', cursor: '#0d6e6e', selectionBackground: '#c9d1d3' }
}

const LIGHT: ITheme = {
  ...{ black: '#10191c', red: '#b42318', green: '#15803d', yellow: '#a15c07', blue: '#1d5fbf', magenta: '#8a3ab9' },
  ...{ cyan: '#0d7c7c', white: '#4a5a60', brightBlack: '#66767c', brightRed: '#c4320a', brightGreen: '#1a8f47' },
  ...{
    brightYellow: '#b06a10',
    brightBlue: '#2970d6',
    brightMagenta: '#9a4bc9',
    brightCyan: '#0e8c8c',
    brightWhite: '#24343a',
  },
}
