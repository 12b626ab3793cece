import { type EventLog, EventLogError, type LogWatch } from '@wirepact/eventlog'
import type { Clock, Incidents } from '@wirepact/peer'
import { WirepactError } from '@wirepact/protocol'
import { type BusMessage, readMessage, type Said } from './message.ts'

export interface BusOptions {
  readonly log: EventLog
  readonly clock: Clock
  readonly incidents: Incidents
  /** This node's id. */
  readonly node: string
  readonly codec: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown }
  /** The largest message, in bytes. */
  readonly messageBytes: number
}

/** What hears the messages that are for this node. */
export interface BusListener {
  /** It can hear and be heard from now on. */
  opened(): void
  heard(message: BusMessage): void
  /** One of its own messages to all has come back: the log carries messages. */
  echoed(): void
  /** The log lost messages to all, or to this node alone. */
  lost(toAll: boolean): void
}

// Theory of operation
//
// Two topics of the log, whatever the number of nodes and clients: one that all nodes listen to, and one for each node.
// Names of a contract cannot begin with `~`, so no topic of an event is called so. A message is one record; the log
// orders them and forgets them as it does events. What comes is guarded as what clients send is: its size, its depth and
// its shape, for whoever can write to the engine could otherwise end a process with it.
//
//   closed ──start──▶ opening ──both are watched──▶ open ──stop──▶ closed
//                       ▲ │
//                       └─┘ the engine is away: tried again

/** Carries messages between the nodes of one log. */
export class Bus {
  readonly #options: BusOptions
  readonly #listener: BusListener
  #phase: 'closed' | 'opening' | 'open' = 'closed'
  #watches: LogWatch[] = []
  /** The first try to open, while it lasts: what is said meanwhile waits for it. */
  #first: Promise<void> | undefined
  #stopTimer: (() => void) | undefined
  #retryMs = firstRetryMs
  /** Appends that the log has not answered. */
  #sending = 0
  #failing = false
  #sent = 0
  #heard = 0
  #refused = 0
  #refusedAt = Number.NEGATIVE_INFINITY

  constructor(options: BusOptions, listener: BusListener) {
    this.#options = options
    this.#listener = listener
  }

  get open(): boolean {
    return this.#phase === 'open'
  }

  /** Whether the log has taken the last message. */
  get reachable(): boolean {
    return this.open && !this.#failing
  }

  /** Messages sent, heard, and refused because of what they held. */
  get counts(): { readonly sent: number; readonly heard: number; readonly refused: number } {
    return { sent: this.#sent, heard: this.#heard, refused: this.#refused }
  }

  start(): void {
    this.#phase = 'opening'
    this.#first = this.#open().finally(() => {
      this.#first = undefined
    })
  }

  /** Nothing is heard once this has returned. */
  stop(): void {
    this.#phase = 'closed'
    this.#stopTimer?.()
    for (const watch of this.#watches) watch.close()
    this.#watches = []
  }

  /**
   * Rejects with a WirepactError; `mayHaveRun` says whether the message may be in the log all the same.
   *
   * @throws TypeError for a value that cannot be sent
   */
  toAll(said: Said): Promise<void> {
    return this.#append(allTopic, said)
  }

  /** As `toAll`, to one node. */
  to(node: string, said: Said): Promise<void> {
    return this.#append(inboxOf(node), said)
  }

  async #open(): Promise<void> {
    const { log, node } = this.#options
    const opened: LogWatch[] = []
    try {
      opened.push(await log.watch(allTopic, this.#reader(true)))
      opened.push(await log.watch(inboxOf(node), this.#reader(false)))
    } catch (error) {
      for (const watch of opened) watch.close()
      return this.#retry(error)
    }
    if (this.#phase !== 'opening') {
      for (const watch of opened) watch.close()
      return
    }
    this.#watches = opened
    this.#phase = 'open'
    this.#listener.opened()
  }

  #retry(error: unknown): void {
    if (this.#phase !== 'opening') return
    this.#fail(error)
    this.#stopTimer = this.#options.clock.schedule(this.#retryMs, () => void this.#open())
    this.#retryMs = Math.min(this.#retryMs * 2, longestRetryMs)
  }

  #reader(toAll: boolean) {
    return {
      record: ({ data }: { readonly data: Uint8Array }) => this.#receive(data),
      gap: () => {
        if (this.open) this.#listener.lost(toAll)
      },
    }
  }

  #receive(data: Uint8Array): void {
    // Both are watched, or nothing is said.
    if (!this.open) return
    const message = this.#read(data)
    if (message === undefined) return
    this.#heard++
    try {
      if (message.from === this.#options.node) this.#listener.echoed()
      else this.#listener.heard(message)
    } catch (error) {
      // A listener of a log must not throw, and one message must not cost the others.
      this.#options.incidents.report('bus-failed', message.kind, error)
    }
  }

  #read(data: Uint8Array): BusMessage | undefined {
    const { codec, messageBytes } = this.#options
    if (data.length > messageBytes) return this.#refuse(`it has ${data.length} bytes, more than ${messageBytes}`)
    try {
      return readMessage(codec.decode(data)) ?? this.#refuse('it is not what nodes tell each other')
    } catch (error) {
      return this.#refuse(error instanceof Error ? error.message : 'it cannot be read')
    }
  }

  // Said now and then only: whoever floods the bus shall not fill the operator's log as well.
  #refuse(because: string): undefined {
    this.#refused++
    const now = this.#options.clock.now()
    if (now - this.#refusedAt < reportEveryMs) return
    this.#refusedAt = now
    const text = `a message between nodes was refused: ${because} (${this.#refused} so far)`
    this.#options.incidents.report('bus-failed', 'message', new Error(text))
  }

  async #append(topic: string, said: Said): Promise<void> {
    const { codec, clock, log, messageBytes, node } = this.#options
    const data = codec.encode({ ...said, from: node, at: clock.now() })
    if (data.length > messageBytes) {
      throw new WirepactError('message-too-large', `${data.length} bytes do not fit between nodes`, never)
    }
    if (this.#first !== undefined) await this.#first
    if (!this.open) throw new WirepactError('unavailable', 'this node does not reach the others', never)
    if (this.#sending >= mostSending) {
      throw new WirepactError('resource-exhausted', 'too many messages wait for the log', never)
    }
    this.#sending++
    try {
      await log.append(topic, data)
      this.#sent++
      this.#failing = false
    } catch (error) {
      throw this.#fail(error)
    } finally {
      this.#sending--
    }
  }

  #fail(error: unknown): WirepactError {
    if (!this.#failing && this.#phase !== 'closed') this.#options.incidents.report('bus-failed', 'log', error)
    this.#failing = true
    if (error instanceof EventLogError && error.code === 'full') {
      return new WirepactError('resource-exhausted', 'the log between the nodes is full', { cause: error, ...never })
    }
    const mayHaveRun = !(error instanceof EventLogError && error.code === 'closed')
    return new WirepactError('unavailable', 'the log between the nodes is away', { cause: error, mayHaveRun })
  }
}

const never = { mayHaveRun: false }

const allTopic = '~nodes'

function inboxOf(node: string): string {
  return `~node ${node}`
}

const firstRetryMs = 250
const longestRetryMs = 5_000
const reportEveryMs = 60_000
const mostSending = 10_000
