import { randomBytes } from 'node:crypto'
import { EventLogError, type PutOptions } from '@wirepact/eventlog'
import type { NatsKeyValue } from '../nats-log.ts'
import { Deadline, sleep, within } from './deadline.ts'
import type { Engine } from './engine.ts'
import type { EngineClock } from './engine-clock.ts'
import { asLogError, EngineError } from './engine-error.ts'
import { KeySweeper, untilHeader } from './key-sweeper.ts'
import type { Stored } from './stored.ts'
import type { Names } from './streams.ts'

export interface NatsKeysOptions {
  readonly engine: Engine
  readonly names: Names
  readonly clock: EngineClock
  readonly timeoutMs: number
  /** Whether the engine removes keys itself. */
  readonly expire: boolean
  /** Makes the streams where they are missing. */
  readonly provide: () => Promise<unknown>
}

// Theory of operation
//
// One subject per key, of which the engine keeps the last message: its value, and until when it is kept. Whoever takes a
// free key stores it under the condition that the subject has no message, or still the one that was seen to be over.
// Since NATS 2.11 the engine removes what is over; before, nodes read through the stream and do. Its bound refuses new
// messages and never drops one.

/** Keys in a stream of their own. */
export class NatsKeys implements NatsKeyValue {
  readonly #options: NatsKeysOptions
  readonly #clock: EngineClock
  readonly #sweeper: KeySweeper
  #closed = false

  constructor(options: NatsKeysOptions) {
    this.#options = options
    const { engine, names, clock, expire } = options
    this.#clock = clock
    this.#sweeper = new KeySweeper(engine, names, this.#clock)
    if (!expire) this.#sweeper.start()
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#ask(async () => {
      const stored = await this.#last(key)
      return stored !== undefined && (await this.#isKept(stored)) ? stored.data : undefined
    })
  }

  put(key: string, value: Uint8Array, options: PutOptions): Promise<void> {
    return this.#ask(async (deadline, id) => {
      await this.#store(key, value, options, id, deadline)
    })
  }

  putIfAbsent(key: string, value: Uint8Array, options: PutOptions): Promise<Uint8Array | undefined> {
    return this.#ask(async (deadline, id) => {
      for (let expected = 0; ; ) {
        deadline.check()
        try {
          await this.#store(key, value, options, id, deadline, expected)
          return undefined
        } catch (error) {
          if (!(error instanceof EngineError && error.reason === 'conflict')) throw error
        }
        const stored = await this.#last(key)
        // An earlier try, whose answer was lost.
        if (stored?.id === id) return undefined
        if (stored !== undefined && (await this.#isKept(stored))) return stored.data
        expected = stored?.seq ?? 0
      }
    })
  }

  delete(key: string): Promise<void> {
    return this.#ask(async () => {
      const stored = await this.#last(key)
      // Only this one: what somebody puts there meanwhile is theirs.
      if (stored !== undefined) await this.#sweeper.remove(stored.seq)
    })
  }

  close(): void {
    this.#closed = true
    this.#sweeper.close()
  }

  async #store(
    key: string,
    data: Uint8Array,
    { ttlMs }: PutOptions,
    id: string,
    deadline: Deadline,
    expected?: number,
  ): Promise<void> {
    if (!(ttlMs > 0)) throw new RangeError(`ttlMs must be more than 0, not ${ttlMs}`)
    const { engine, names, expire } = this.#options
    const until = Math.min((await this.#clock.latest()) + ttlMs, Number.MAX_SAFE_INTEGER)
    const request = {
      subject: names.key(key),
      ...{ data, id },
      headers: { [untilHeader]: String(Math.ceil(until)) },
      ...(expected === undefined ? {} : { expected }),
      // In whole seconds, and never too soon.
      ...(expire ? { ttl: `${Math.min(Math.ceil(ttlMs / 1000) + 2, longestSeconds)}s` } : {}),
    }
    try {
      await engine.publish(request, deadline.leftMs)
    } catch (error) {
      if (!(error instanceof EngineError && error.reason === 'full')) throw error
      // Much of it may be over.
      await this.#sweeper.sweepAll()
      await engine.publish(request, deadline.leftMs)
    }
  }

  /** From the leader: whether a key is taken must not be answered by a server that is behind. */
  #last(key: string): Promise<Stored | undefined> {
    const { engine, names } = this.#options
    return engine.leader(names.keys, { last_by_subj: names.key(key) })
  }

  async #isKept(stored: Stored): Promise<boolean> {
    const until = Number(stored.header(untilHeader) ?? Number.NaN)
    if (Number.isNaN(until))
      throw new EngineError('refused', 'what is stored under a key has no time: it is not of this log')
    return until >= (await this.#clock.earliest())
  }

  /** Runs a request, and again when it was not answered; with the same id, by which the engine knows it. */
  async #ask<T>(request: (deadline: Deadline, id: string) => Promise<T>): Promise<T> {
    const deadline = new Deadline(this.#options.timeoutMs)
    const id = randomBytes(12).toString('base64url')
    for (let last: unknown; ; ) {
      if (this.#closed) throw new EventLogError('closed', 'the event log is closed')
      try {
        deadline.check(last)
        return await within(deadline.leftMs, request(deadline, id))
      } catch (error) {
        if (this.#closed) continue
        const again = error instanceof EngineError && (error.reason === 'unanswered' || error.reason === 'missing')
        if (!again || deadline.leftMs <= 0) throw asLogError(error)
        last = error
        if (error.reason === 'missing') await this.#options.provide().catch(() => {})
        await sleep(Math.min(pauseMs, Math.max(1, deadline.leftMs)))
      }
    }
  }
}

const pauseMs = 50
/** About 68 years: what an engine's own timer takes. */
const longestSeconds = 2 ** 31 - 1
