import { decodeRun, encodeRun, type Foreign, mostRecords, type Run } from '../stored-message.ts'
import { readBatch } from './batch.ts'
import { type Deadline, sleep } from './deadline.ts'
import type { Engine } from './engine.ts'
import type { EngineClock } from './engine-clock.ts'
import { EngineError } from './engine-error.ts'
import type { Epoch, Identity } from './identity.ts'
import { Slots } from './slots.ts'
import type { Live, Stored } from './stored.ts'
import type { Names } from './streams.ts'

/** Where a topic stands. */
export interface Tail {
  /** The sequence of its last message, or 0. */
  readonly seq: number
  /** What that message is called; empty when there is none. */
  readonly id: string
  /** The last offset; undefined when nothing says it, so that an anchor has to follow. */
  readonly offset: number | undefined
  readonly epoch: Epoch
  /** The records of its last message, which a reader may be after. */
  readonly run: Run | undefined
  /** When that was stored, by the engine's clock, in ms since 1970. */
  readonly timeMs: number
}

/** A tail that says where it stands. */
export type KnownTail = Tail & { readonly offset: number }

/** A run of records as the stream holds it. */
export interface StoredRun extends Run {
  readonly seq: number
  readonly id: string
  /** When it was stored, by the engine's clock, in ms since 1970. */
  readonly timeMs: number
}

export interface RunLimits {
  readonly messages: number
  readonly bytes: number
}

export interface Runs {
  readonly runs: readonly StoredRun[]
  /** The sequence up to which there are no others; 0 when there was nothing. */
  readonly last: number
  /** There is nothing after them. */
  readonly ended: boolean
}

export interface TopicStoreOptions {
  readonly engine: Engine
  readonly identity: Identity
  readonly clock: EngineClock
  readonly names: Names
}

/** Topics as runs of records in the stream. Everything fails with an {@link EngineError}. */
export class TopicStore {
  readonly engine: Engine
  readonly identity: Identity
  readonly clock: EngineClock
  /** Runs on their way at a time: an engine that is asked more at once answers all of them late. */
  readonly writes = new Slots(writesAtOnce)
  readonly #names: Names

  constructor({ engine, identity, clock, names }: TopicStoreOptions) {
    this.engine = engine
    this.identity = identity
    this.clock = clock
    this.#names = names
  }

  subject(topic: string): string {
    return this.#names.topic(topic)
  }

  live(subject: string): string {
    return this.#names.live(subject)
  }

  async tail(subject: string, epoch: Epoch): Promise<Tail> {
    return this.#tailOf(await this.engine.last(this.#names.log, subject), epoch)
  }

  /** As `tail`, from the one server of a cluster that is never behind. */
  async leaderTail(subject: string, epoch: Epoch): Promise<Tail> {
    return this.#tailOf(await this.engine.leader(this.#names.log, { last_by_subj: subject }), epoch)
  }

  #tailOf(stored: Stored | undefined, epoch: Epoch): Tail {
    if (stored === undefined) return { seq: 0, id: '', offset: undefined, epoch, run: undefined, timeMs: 0 }
    const { seq, id, timeMs } = stored
    const run = this.decode(stored, epoch)
    if (typeof run === 'string') return { seq, id, offset: undefined, epoch, run: undefined, timeMs }
    this.identity.note(seq, id)
    return { seq, id, offset: run.base + run.records.length, epoch, run, timeMs }
  }

  /** The tail, with an anchor where there was nothing that says it: from now on all nodes agree where the topic stands. */
  async known(subject: string, deadline: Deadline): Promise<KnownTail> {
    for (let last: unknown; ; ) {
      deadline.check(last)
      const epoch = await this.identity.ready(deadline)
      try {
        const tail = await this.tail(subject, epoch)
        if (tail.offset !== undefined) return { ...tail, offset: tail.offset }
        const id = `anchor ${crypto.randomUUID()}`
        const { seq } = await this.write(subject, tail, [], id, deadline)
        const offset = seq * mostRecords
        return { seq, id, offset, epoch, run: { base: offset, records: [] }, timeMs: this.clock.now }
      } catch (error) {
        last = error
        await this.recover(error)
      }
    }
  }

  /** Stores a run after the tail. Fails with `conflict` when the topic has moved on. */
  async write(
    subject: string,
    tail: Tail,
    records: readonly Uint8Array[],
    id: string,
    deadline: Deadline,
  ): Promise<{ seq: number; duplicate: boolean }> {
    const { seq, offset, epoch } = tail
    const data = encodeRun(epoch.tag, offset, records)
    const ack = await this.engine.publish({ subject, data, id, expected: seq }, deadline.leftMs)
    if (!ack.duplicate) this.identity.note(ack.seq, id)
    return ack
  }

  /** What to do about a failure before the next try. Throws what another try would only meet again. */
  async recover(error: unknown): Promise<void> {
    if (!(error instanceof EngineError) || this.identity.closed) throw error
    if (error.reason === 'full' || error.reason === 'refused') throw error
    if (error.reason === 'conflict') return
    if (error.reason === 'missing') this.identity.doubt()
    // Nobody says so when a message of a stream is asked for that is gone.
    else void this.identity.inspect()
    await sleep(pauseMs)
  }

  /** Some of the runs from `seq` on, at least one if there is one; what no log of this epoch wrote is left out. */
  async after(subject: string, seq: number, limits: RunLimits, epoch: Epoch): Promise<Runs> {
    const { messages, ended } = await readBatch(this.engine, { stream: this.#names.log, subject, seq, ...limits })
    const runs: StoredRun[] = []
    for (const stored of messages) {
      const run = this.decode(stored, epoch)
      if (typeof run === 'object') runs.push({ ...run, seq: stored.seq, id: stored.id, timeMs: stored.timeMs })
    }
    return { runs, last: messages.at(-1)?.seq ?? 0, ended }
  }

  /** The first run from `seq` on. */
  async next(subject: string, seq: number, epoch: Epoch): Promise<StoredRun | undefined> {
    for (let from = seq; ; ) {
      const stored = await this.engine.next(this.#names.log, subject, from)
      if (stored === undefined) return undefined
      const run = this.decode(stored, epoch)
      if (typeof run === 'object') return { ...run, seq: stored.seq, id: stored.id, timeMs: stored.timeMs }
      from = stored.seq + 1
    }
  }

  at(seq: number): Promise<Stored | undefined> {
    return this.engine.at(this.#names.log, seq)
  }

  decode({ data, seq }: Pick<Live, 'data' | 'seq'>, epoch: Epoch): Run | Foreign {
    return decodeRun(data, epoch.tag, seq)
  }
}

const pauseMs = 20
const writesAtOnce = 256
