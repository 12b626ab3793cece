import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream'
import { pull } from './batch.ts'
import type { Engine } from './engine.ts'
import type { EngineClock } from './engine-clock.ts'
import { EngineError } from './engine-error.ts'
import type { Stored } from './stored.ts'
import type { Names } from './streams.ts'

/** Until when a key is kept, in ms since 1970 by the engine's clock. */
export const untilHeader = 'Wirepact-Until'

// Theory of operation
//
// Engines before 2.11 keep a key until it is removed. Every node goes round through the stream of keys, a piece at a
// time, reading headers only, and removes what is over. A message is removed by its sequence: a key that was put again is
// another message. What two nodes remove at once is gone for both.

/** Removes keys whose time is over. */
export class KeySweeper {
  readonly #engine: Engine
  readonly #names: Names
  readonly #clock: EngineClock
  #timer: NodeJS.Timeout | undefined
  #from = 1
  #busy: Promise<boolean> | undefined
  #all: Promise<void> | undefined
  #restUntil = 0

  constructor(engine: Engine, names: Names, clock: EngineClock) {
    this.#engine = engine
    this.#names = names
    this.#clock = clock
  }

  start(): void {
    // Not all nodes at once.
    this.#timer = setInterval(() => void this.#step().catch(() => {}), everyMs * (0.75 + Math.random() / 2))
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  /**
   * Goes through all of it, once for all who ask meanwhile, and not again for a while after: a stream that is full of
   * what is kept must not be read for each key that it refuses.
   */
  sweepAll(): Promise<void> {
    if (performance.now() < this.#restUntil) return Promise.resolve()
    this.#all ??= this.#sweepAll().finally(() => {
      this.#all = undefined
    })
    return this.#all
  }

  async #sweepAll(): Promise<void> {
    const began = performance.now()
    this.#from = 1
    while (await this.#step());
    const ended = performance.now()
    this.#restUntil = ended + 2 * (ended - began)
  }

  async remove(seq: number): Promise<void> {
    try {
      await this.#engine.ask(() => this.#engine.manager.streams.deleteMessage(this.#names.keys, seq, false))
    } catch (error) {
      // "no message found": somebody else did it.
      if (!(error instanceof EngineError && error.reason === 'refused')) throw error
    }
  }

  /** Whether there is more to look at. */
  #step(): Promise<boolean> {
    this.#busy ??= this.#sweep().finally(() => {
      this.#busy = undefined
    })
    return this.#busy
  }

  async #sweep(): Promise<boolean> {
    if (!this.#engine.connected) return false
    const now = await this.#clock.earliest()
    const found = await this.#headers()
    for (const stored of found) {
      const until = Number(stored.header(untilHeader) ?? Number.NaN)
      if (until < now) await this.remove(stored.seq)
    }
    const more = found.length === piece
    this.#from = more ? found.at(-1)!.seq + 1 : 1
    return more
  }

  async #headers(): Promise<Stored[]> {
    const { consumers } = this.#engine.manager
    const { keys } = this.#names
    const free = await this.#engine.consumers.take()
    try {
      const info = await this.#engine.ask(() =>
        consumers.add(keys, {
          ack_policy: AckPolicy.None,
          deliver_policy: DeliverPolicy.StartSequence,
          opt_start_seq: this.#from,
          headers_only: true,
          inactive_threshold: 10e9,
          mem_storage: true,
          num_replicas: 1,
        }),
      )
      const count = Math.min(piece, info.num_pending)
      try {
        if (count === 0) return []
        return await pull(this.#engine, info, count, 0)
      } finally {
        await this.#engine.ask(() => consumers.delete(keys, info.name)).catch(() => {})
      }
    } finally {
      free()
    }
  }
}

/** How many keys one step looks at, and how often there is one: at most 67 keys a second and node. */
const piece = 1_000
const everyMs = 15_000
