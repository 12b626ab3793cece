/** How a client stands with its server, in words a page can show. */
export type Status =
  | {
      /** The first connection is being made, and none has stood before. */
      readonly phase: 'connecting'
      /** 1 for the first try. */
      readonly attempt: number
      /** Why the try before failed. */
      readonly because?: string
      /** Set while waiting for the next try, in ms from when the status changed. */
      readonly retryInMs?: number
    }
  | { readonly phase: 'connected' }
  | {
      /** A connection stood and broke. Calls wait, subscriptions will carry on. */
      readonly phase: 'reconnecting'
      readonly attempt: number
      readonly because: string
      readonly retryInMs?: number
    }
  /** The platform says that there is no network; a try follows as soon as there is. */
  | { readonly phase: 'offline'; readonly because: string }
  /** For good: closed by us, or refused by the server. */
  | { readonly phase: 'closed'; readonly because: string }

/** A value that changes, and who wants to hear of it. */
export interface Observable<Value> {
  readonly value: Value
  /** Calls the listener after every change, not with the present value. The returned function ends that. */
  subscribe(listener: (value: Value) => void): () => void
}

/** The one place where a client's status changes. */
export class StatusSource implements Observable<Status> {
  #value: Status = { phase: 'connecting', attempt: 1 }
  readonly #listeners = new Set<(status: Status) => void>()
  readonly #failed: (error: unknown) => void

  /** `failed` hears what a listener threw. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  get value(): Status {
    return this.#value
  }

  subscribe(listener: (status: Status) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  set(status: Status): void {
    if (this.#value.phase === 'closed') return
    this.#value = status
    for (const listener of [...this.#listeners]) {
      try {
        listener(status)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
