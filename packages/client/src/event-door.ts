import type { EventEntry } from '@wirepact/contract'
import type { Eventing, Subscriber, UntypedReceiver } from '@wirepact/peer'
import type { WirepactError } from '@wirepact/protocol'
import { deferredReceiver, type Listener } from './deferred-receiver.ts'

/**
 * What a client listens to, over all its connections. What receives events is a file of its own in a bundle; it is
 * fetched for contracts that have some, before there is a connection.
 */
export class EventDoor {
  /** What tells connections of subscriptions; undefined before it has been fetched, and without events. */
  subscriber: Subscriber | undefined
  readonly #events: readonly EventEntry[]
  readonly #failed: (error: unknown, where: string) => void
  #eventing: Eventing | undefined
  #closed: { readonly error: WirepactError<string> | undefined } | undefined
  readonly #waiting: Listener[] = []

  /** `failed` hears what a listener threw. */
  constructor(
    events: readonly EventEntry[],
    failed: (error: unknown, where: string) => void,
    eventing: Eventing | undefined,
  ) {
    this.#events = events
    this.#failed = failed
    if (eventing !== undefined) this.#begin(eventing)
  }

  /** To be awaited before each connection: it may not have worked before. */
  async fetch(): Promise<void> {
    if (this.#events.length > 0 && this.#eventing === undefined)
      this.#begin((await import('@wirepact/peer/eventing')).eventing)
  }

  /** One event, to be listened to at once. */
  receiver(entry: EventEntry): UntypedReceiver {
    let receiver: UntypedReceiver | undefined
    const now = () => {
      if (receiver === undefined && this.subscriber !== undefined)
        receiver = this.#eventing?.receiver(entry, this.subscriber)
      return receiver
    }
    return now() ?? deferredReceiver(now, (listener) => this.#wait(listener, entry.name))
  }

  /** Nothing will ever come again. */
  close(error: WirepactError<string> | undefined): void {
    this.#closed = { error }
    this.subscriber?.close(error)
    // Those that listen already are to hear of their end.
    this.fetch().catch((reason) => {
      for (const { fail } of this.#waiting.splice(0)) fail(error ?? reason)
    })
  }

  #begin(eventing: Eventing): void {
    // Two tries may have asked for it.
    if (this.#eventing !== undefined || this.#events.length === 0) return
    this.#eventing = eventing
    this.subscriber = eventing.subscriber({ events: this.#events, failed: this.#failed })
    if (this.#closed !== undefined) this.subscriber.close(this.#closed.error)
    for (const { begin, fail } of this.#waiting.splice(0)) {
      try {
        begin()
      } catch (error) {
        fail(error)
      }
    }
  }

  // Nobody has to look at what such a listener is told, and its mistake must not go unseen.
  #wait({ begin, fail }: Listener, where: string): void {
    this.#waiting.push({
      begin,
      fail: (error) => {
        fail(error)
        this.#failed(error, where)
      },
    })
    if (this.#closed !== undefined) this.close(this.#closed.error)
  }
}
