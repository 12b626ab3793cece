import { EventLogError } from '@wirepact/eventlog'
import { Batch } from './batch.ts'
import { closed, mayPass, refusal } from './failures.ts'
import type { Link, OpenLink } from './link.ts'
import type { RedisReport } from './options.ts'

export interface ConnectionOptions {
  readonly open: OpenLink
  /** For one request, from the moment it is made, in ms. */
  readonly timeoutMs: number
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
  readonly report: (report: RedisReport) => void
  /** Something was published. */
  readonly message: (channel: string, data: unknown) => void
  /** All channels are subscribed (again): what was published before may have been missed. */
  readonly ready: () => void
}

/** What is done with a link; done again with the next one when the link ended without an answer. */
export type Work = (link: Link) => Promise<unknown>

interface Request {
  readonly work: Work
  readonly bytes: number
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: Error) => void
  /** When it is to have been answered, as `performance.now()`. */
  readonly dueAt: number
  tries: number
}

// Theory of operation
//
//   opening ──opened──▶ ready ──lost──▶ resting      opening ──failed──▶ resting ──a while──▶ opening
//   any ──close──▶ closed
//
// Requests wait in `#waiting`, in the order in which they were made, until there is a link and room for them, and are in
// `#flying` until they are answered. When the link ends, those without an answer wait again, before all that come: whether the engine did
// them is not known, so each must be one that may be done twice. A request that is not answered in time fails, and so
// does one more than may wait: an engine that is away costs bounded memory.
type Phase = 'opening' | 'ready' | 'resting' | 'closed'

const next: Readonly<Record<Phase, readonly Phase[]>> = {
  opening: ['ready', 'resting', 'closed'],
  ready: ['resting', 'closed'],
  resting: ['opening', 'closed'],
  closed: [],
}

/** The connection to an engine, through all its links: requests wait for it, within bounds. */
export class Connection {
  readonly #options: ConnectionOptions
  readonly #channels = new Set<string>()
  /** All without an answer, the oldest first. */
  readonly #pending = new Set<Request>()
  readonly #flying = new Set<Request>()
  readonly #subscribing: Batch<string, void>
  #waiting = new Set<Request>()
  #bytes = 0
  #phase: Phase = 'opening'
  #link: Link | undefined
  #rest: ReturnType<typeof setTimeout> | undefined
  /** Runs while anything is pending: all may take equally long, so one timer is enough. */
  #timer: ReturnType<typeof setTimeout> | undefined
  #failures = 0
  #cause: unknown

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#subscribing = new Batch<string, void>(channelsAtOnce, async (channels) => {
      const bytes = channels.reduce((sum, channel) => sum + channel.length, 0)
      await this.request(bytes, (link) => link.subscribe(channels))
      return []
    })
    void this.#open()
  }

  /** Whether there is a link now. */
  get isReady(): boolean {
    return this.#phase === 'ready'
  }

  /** Whether it broke or could not be made, and has not been made since. */
  get isAway(): boolean {
    return this.#failures > 0
  }

  /** Requests without an answer, and their bytes. */
  get pending(): { readonly requests: number; readonly bytes: number } {
    return { requests: this.#pending.size, bytes: this.#bytes }
  }

  /** Does the work, again if need be. @throws EventLogError `unavailable`, `full` or `closed` */
  request(bytes: number, work: Work): Promise<unknown> {
    const { maxWaiting, maxWaitingBytes, timeoutMs } = this.#options
    if (this.#phase === 'closed') return Promise.reject(closed())
    // A count that is none would undo all bounds.
    if (!(bytes >= 0)) return Promise.reject(new TypeError('a topic or key must be a string, and data a Uint8Array'))
    const held = this.#bytes
    const requests = this.#pending.size
    // A single one may be as large as it likes.
    if (requests >= maxWaiting || (held > 0 && held + bytes > maxWaitingBytes)) {
      const text = `${requests} requests with ${held} bytes wait for the engine already (maxWaiting, maxWaitingBytes)`
      return Promise.reject(new EventLogError('unavailable', text, { cause: this.#cause }))
    }
    return new Promise((resolve, reject) => {
      const request: Request = { work, bytes, resolve, reject, dueAt: performance.now() + timeoutMs, tries: 0 }
      this.#bytes += bytes
      this.#pending.add(request)
      this.#timer ??= setTimeout(() => this.#late(), timeoutMs)
      this.#waiting.add(request)
      this.#fly()
    })
  }

  /** Resolves when everything that is published to the channel from now on will come, over this link and all others. */
  subscribe(channel: string): Promise<void> {
    this.#channels.add(channel)
    return this.#subscribing.ask(channel)
  }

  unsubscribe(channel: string): void {
    if (this.#channels.delete(channel)) this.#link?.unsubscribe(channel)
  }

  /** Gives the link up, as if it had broken: something is wrong with it. */
  drop(cause: unknown): void {
    this.#lost(cause)
  }

  close(): void {
    if (this.#phase === 'closed') return
    this.#enter('closed')
    clearTimeout(this.#rest)
    clearTimeout(this.#timer)
    this.#link?.close()
    this.#link = undefined
    for (const request of this.#pending) this.#fail(request, closed())
    this.#channels.clear()
  }

  async #open(): Promise<void> {
    const attempt: { link?: Link; cause?: unknown } = {}
    try {
      const link = await this.#options.open({
        message: (channel, data) => {
          if (this.#channels.has(channel)) this.#options.message(channel, data)
        },
        missed: () => this.#options.ready(),
        lost: (cause) => {
          attempt.cause = cause ?? 'lost'
          if (this.#link === attempt.link) this.#lost(cause)
        },
      })
      attempt.link = link
      await link.subscribe([...this.#channels])
      if (attempt.cause !== undefined) throw attempt.cause
    } catch (error) {
      attempt.link?.close()
      return this.#failed(error)
    }
    if (this.#phase === 'closed') return attempt.link.close()
    this.#enter('ready')
    this.#link = attempt.link
    if (this.#failures > 0) this.#options.report({ what: 'engine-back', message: 'the engine is connected again' })
    this.#failures = 0
    this.#fly()
    this.#options.ready()
  }

  #failed(error: unknown): void {
    if (this.#phase === 'closed') return
    // Once for each time that it is away.
    if (this.#failures === 0)
      this.#options.report({ what: 'engine-lost', message: 'no connection to the engine', error })
    this.#failures++
    this.#cause = error
    this.#enter('resting')
    const most = Math.min(longestRestMs, shortestRestMs * 2 ** Math.min(this.#failures, 10))
    // Not all nodes at once.
    const restMs = most * (0.5 + Math.random() / 2)
    this.#rest = setTimeout(() => {
      this.#enter('opening')
      void this.#open()
    }, restMs)
  }

  // Those that wait need less memory than those that the client library has in its queues.
  #fly(): void {
    for (const request of this.#waiting) {
      if (this.#phase !== 'ready' || this.#flying.size >= flyingAtMost) return
      this.#waiting.delete(request)
      this.#flying.add(request)
      this.#start(request)
    }
  }

  #start(request: Request): void {
    const link = this.#link as Link
    const tries = ++request.tries
    const current = () => this.#link === link && request.tries === tries && this.#flying.has(request)
    // What throws at once is wrong in itself, and must not reach whoever made room for it.
    const answered = new Promise((resolve) => resolve(request.work(link)))
    answered.then(
      (answer) => {
        if (!current()) return
        this.#settle(request)
        request.resolve(answer)
      },
      (error: unknown) => {
        if (!current()) return
        if (!mayPass(error)) return this.#fail(request, refusal(error))
        if (!link.heals) return this.#lost(error)
        this.#cause = error
        setTimeout(() => {
          if (current()) this.#start(request)
        }, shortestRestMs)
      },
    )
  }

  #lost(cause: unknown): void {
    const link = this.#link
    if (this.#phase !== 'ready' || link === undefined) return
    this.#link = undefined
    link.close()
    this.#waiting = new Set([...this.#flying, ...this.#waiting])
    this.#flying.clear()
    this.#failed(cause)
  }

  #late(): void {
    this.#timer = undefined
    const now = performance.now()
    for (const request of this.#pending) {
      // A timer may fire a little early.
      const left = request.dueAt - now
      if (left > 1) {
        this.#timer = setTimeout(() => this.#late(), left)
        return
      }
      this.#fail(request, this.#tooLate())
    }
  }

  #tooLate(): EventLogError {
    const text = `the engine did not answer within ${this.#options.timeoutMs} ms; it may have done what was asked, or not`
    return new EventLogError('unavailable', text, { cause: this.#cause })
  }

  #fail(request: Request, error: Error): void {
    this.#settle(request)
    request.reject(error)
  }

  #settle(request: Request): void {
    this.#pending.delete(request)
    this.#flying.delete(request)
    this.#waiting.delete(request)
    this.#bytes -= request.bytes
    if (this.#waiting.size > 0) this.#fly()
  }

  #enter(phase: Phase): void {
    if (!next[this.#phase].includes(phase))
      throw new Error(`a connection that is ${this.#phase} cannot become ${phase}`)
    this.#phase = phase
  }
}

/** Between tries to reach an engine that is away, in ms. */
const shortestRestMs = 50
const longestRestMs = 1_000
/** Requests that the client library has at once. */
const flyingAtMost = 1_000
/** Channels in one request. */
const channelsAtOnce = 1_000
