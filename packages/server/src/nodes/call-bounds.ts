import { abortedSignal, type CallOptions, type Clock, timeoutOf } from '@wirepact/peer'
import { defaultTimeoutMs, WirepactError } from '@wirepact/protocol'

/** How long a call may take, and who may give it up, through all that has to happen for it. */
export class CallBounds {
  readonly #clock: Clock
  readonly #deadline: number
  readonly #ended: Promise<never>
  readonly #signals: readonly AbortSignal[]
  readonly #stopTimer: () => void
  #end: (error: WirepactError) => void = () => {}
  #isOver = false

  /**
   * @throws TypeError for a `timeoutMs` below 0
   * @throws WirepactError `cancelled`, when it was given up before it began
   */
  constructor(clock: Clock, name: string, options: CallOptions) {
    const timeoutMs = timeoutOf(options, defaultTimeoutMs)
    if (timeoutMs === undefined) throw new TypeError('timeoutMs must be 0 or more')
    const aborted = abortedSignal(options)
    if (aborted !== undefined) {
      throw new WirepactError('cancelled', `${name} was cancelled before it was sent`, { cause: aborted.reason })
    }
    this.#clock = clock
    this.#ended = new Promise((_, reject) => {
      this.#end = (error) => {
        this.#isOver = true
        reject(error)
      }
    })
    this.#ended.catch(() => {})
    this.#deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : clock.now() + timeoutMs
    const late = () => this.#end(new WirepactError('deadline-exceeded', `${name} did not answer within its deadline`))
    this.#stopTimer = timeoutMs === 0 ? () => {} : clock.schedule(timeoutMs, late)
    const signals = [options.signal, options.within?.signal]
    this.#signals = signals.filter((signal) => signal !== undefined)
    this.#cancel = () => {
      const cause: unknown = this.#signals.find(({ aborted }) => aborted)?.reason
      this.#end(new WirepactError('cancelled', `${name} was cancelled by its caller`, { cause }))
    }
    for (const signal of this.#signals) signal.addEventListener('abort', this.#cancel)
  }

  readonly #cancel: () => void

  /** Whether its deadline has passed, or it was given up. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** In whole ms; 0 for ever. */
  get leftMs(): number {
    if (this.#deadline === Number.POSITIVE_INFINITY) return 0
    return Math.max(1, Math.ceil(this.#deadline - this.#clock.now()))
  }

  /** What the promise gives, unless the call is over before. */
  hold<Value>(promise: Promise<Value>): Promise<Value> {
    return Promise.race([promise, this.#ended])
  }

  close(): void {
    this.#stopTimer()
    for (const signal of this.#signals) signal.removeEventListener('abort', this.#cancel)
  }
}
