/** What feeds a topic while somebody listens. `signal` is aborted when the last listener has gone. */
export type SourceFunction = (source: {
  readonly topic: unknown
  readonly publish: (payload: unknown) => Promise<void>
  readonly signal: AbortSignal
}) => unknown

/** One run of a source, from a topic's first listener to its last. */
export class Source {
  readonly #controller = new AbortController()

  constructor(
    run: SourceFunction,
    topic: unknown,
    publish: (payload: unknown) => Promise<void>,
    failed: (error: unknown) => void,
  ) {
    const { signal } = this.#controller
    const ran = (async () => run({ topic, publish, signal }))()
    // What a source throws because it was stopped is not news.
    ran.catch((error: unknown) => {
      if (!signal.aborted) failed(error)
    })
  }

  stop(): void {
    this.#controller.abort()
  }
}
