/** A part of a command: text is sent as UTF-8, bytes as they are. */
export type Argument = string | Buffer

/** What a link tells whoever opened it. */
export interface LinkListener {
  /** Something was published to a channel that is subscribed to. */
  message(channel: string, data: unknown): void
  /** Messages may have been missed, though the link goes on (a node of a cluster came back). */
  missed(): void
  /** The link is over. Told at most once, and not after `close`. */
  lost(cause: unknown): void
}

/** Connections to an engine: one for commands, one for subscriptions; in a cluster, those for each primary. */
export interface Link {
  /** What ended comes back by itself, so a request that failed for it is made again over this link. */
  readonly heals: boolean
  /** Rejects when the engine answers with an error, and when the link ends without an answer. */
  send(key: string, command: readonly Argument[]): Promise<unknown>
  /** Resolves when everything that is published from now on will come. */
  subscribe(channels: readonly string[]): Promise<void>
  unsubscribe(channel: string): void
  close(): void
}

/** Opens a link; rejects, with nothing left behind, when there is no engine that can be written to. */
export type OpenLink = (listener: LinkListener) => Promise<Link>

/** What is asked of one connection to see whether it lives. */
export interface Pulsing {
  readonly isReady: boolean
  sendCommand(command: readonly string[]): Promise<unknown>
}

/**
 * Asks every connection for a sign of life, again and again: one whose engine was stopped stays open, and says nothing.
 * `dead` is called when one gave none to three in a row. It counts answers and not time, so that a process that was busy
 * itself does not take its engine for dead.
 */
export function pulse(connections: () => Iterable<Pulsing>, dead: () => void): () => void {
  const missing = new WeakMap<Pulsing, number>()
  const timer = setInterval(() => {
    for (const each of connections()) {
      const count = missing.get(each) ?? 0
      if (count >= missedAtMost) return dead()
      if (!each.isReady) continue
      missing.set(each, count + 1)
      // What fails here fails for whoever has sent something, too.
      each.sendCommand(['PING']).then(
        () => missing.set(each, 0),
        () => {},
      )
    }
  }, pulseMs)
  return () => clearInterval(timer)
}

/** Rejects when the promise has not settled in time. */
export function within<T>(ms: number, promise: Promise<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${ms} ms`)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** How long a new link may take to be ready, in ms. */
export const openMs = 2_000
const pulseMs = 750
const missedAtMost = 3
