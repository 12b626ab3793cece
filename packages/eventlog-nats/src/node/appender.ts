import { randomBytes } from 'node:crypto'
import type { Position } from '@wirepact/eventlog'
import { messageOverhead, mostRecords, recordOverhead } from '../stored-message.ts'
import type { Deadline } from './deadline.ts'
import { asLogError, EngineError } from './engine-error.ts'
import type { Epoch } from './identity.ts'
import type { Tail, TopicStore } from './topic-store.ts'

/** One append that waits to be stored. */
export interface Pending {
  readonly data: Uint8Array
  /** The engine's id for it, when its caller gave it a key. */
  readonly id: string | undefined
  readonly deadline: Deadline
  readonly resolve: (position: Position) => void
  readonly reject: (error: unknown) => void
}

// Theory of operation
//
// A run is stored under the condition that the topic's last message is the one that this node believes, so that its
// records follow that one's offsets. One run is under way at a time; what is appended meanwhile makes the next. Another
// node may have been quicker: then nothing was stored, the tail is read and the run is tried again. A reply may be lost:
// then the same run is sent again under the same id, which the engine recognises, and which meets the same condition, so
// that there is never a second one. Every try ends by the first deadline of its records.

/** The appends of one topic on this node, in order. */
export class Appender {
  readonly #store: TopicStore
  readonly #subject: string
  #queue: Pending[] = []
  #tail: Tail | undefined
  #busy = false

  constructor(store: TopicStore, subject: string) {
    this.#store = store
    this.#subject = subject
  }

  get idle(): boolean {
    return !this.#busy
  }

  append(pending: Pending): void {
    this.#queue.push(pending)
    if (!this.#busy) void this.#work()
  }

  /** A later tail than the one known, as somebody else wrote it. */
  observe(tail: Tail): void {
    if (this.#tail !== undefined && tail.seq > this.#tail.seq && tail.epoch === this.#tail.epoch) this.#tail = tail
  }

  /** Stores that the topic stands where it stood, so that what says it does not come of age. */
  async touch(deadline: Deadline, olderThanMs: number): Promise<void> {
    if (this.#busy) return
    const tail = await this.#store.known(this.#subject, deadline)
    // Another node may have done it.
    if (this.#store.clock.now - tail.timeMs < olderThanMs) return
    await this.#store.write(this.#subject, tail, [], `touch ${newId()}`, deadline)
  }

  fail(error: unknown): void {
    for (const { reject } of this.#queue.splice(0)) reject(error)
  }

  async #work(): Promise<void> {
    this.#busy = true
    while (this.#queue.length > 0) {
      // What is appended until its turn comes goes together.
      const free = await this.#store.writes.take()
      const batch = this.#take()
      try {
        if (batch.length === 0) continue
        const position = await this.#write(batch)
        for (let i = 0; i < batch.length; i++) {
          batch[i]!.resolve({ epoch: position.epoch, offset: position.offset + 1 + i })
        }
      } catch (error) {
        // Whether it was stored may not be known; the next one has to ask where the topic stands.
        this.#tail = undefined
        const said = asLogError(error)
        for (const { reject } of batch) reject(said)
      } finally {
        free()
      }
    }
    this.#busy = false
  }

  /** The next run: as many as fit, but one with a key alone, since the engine knows the ids of messages. */
  #take(): Pending[] {
    const waiting = this.#queue.findIndex(({ deadline }) => deadline.leftMs > 0)
    // Their callers were told.
    this.#queue.splice(0, waiting < 0 ? this.#queue.length : waiting)
    const most = Math.min(runBytes, this.#store.engine.maxPayload - headerBytes)
    let bytes = messageOverhead
    let count = 0
    for (const { data, id } of this.#queue) {
      bytes += data.length + recordOverhead
      if (count > 0 && (id !== undefined || bytes > most || count >= runRecords)) break
      count++
      if (id !== undefined) break
    }
    return this.#queue.splice(0, count)
  }

  /** Answers the position that the run follows. */
  async #write(batch: readonly Pending[]): Promise<Position> {
    const { deadline, id = newId() } = batch[0]!
    const records = batch.map(({ data }) => data)
    // Where the topic stood when a try was made that nobody answered: it may be stored.
    const doubt: { since?: Tail } = {}
    for (let last: unknown; ; ) {
      deadline.check(last)
      const epoch = await this.#store.identity.ready(deadline)
      // In another epoch it is not there, whatever became of it; and the engine must not take it for that one.
      if (doubt.since?.epoch !== epoch) delete doubt.since
      try {
        const position = await this.#try(records, `${id}.${epoch.tag.toString(36)}`, epoch, doubt, deadline)
        if (position !== undefined) return position
      } catch (error) {
        last = error
        if (error instanceof EngineError && error.reason === 'conflict') this.#tail = undefined
        await this.#store.recover(error)
      }
    }
  }

  async #try(
    records: readonly Uint8Array[],
    id: string,
    epoch: Epoch,
    doubt: { since?: Tail },
    deadline: Deadline,
  ): Promise<Position | undefined> {
    // Without its records: they are views of larger buffers, which would be kept with them.
    if (this.#tail?.epoch !== epoch) this.#tail = { ...(await this.#store.tail(this.#subject, epoch)), run: undefined }
    const tail = this.#tail
    if (doubt.since !== undefined && doubt.since.seq !== tail.seq) {
      const stored = await this.#find(doubt.since, id, tail)
      if (stored !== undefined) return stored
      delete doubt.since
    }
    const ack = await this.#store.write(this.#subject, tail, records, id, deadline).catch((error: unknown) => {
      if (error instanceof EngineError && error.reason === 'unanswered') doubt.since ??= tail
      throw error
    })
    if (ack.duplicate) return this.#first(ack.seq, tail)
    const base = tail.offset ?? ack.seq * mostRecords
    this.#tail = {
      seq: ack.seq,
      id,
      offset: base + records.length,
      epoch,
      run: undefined,
      timeMs: this.#store.clock.now,
    }
    return { epoch: epoch.name, offset: base }
  }

  /** The engine has a message with this id already: an earlier try, or an append with the same key. */
  async #first(seq: number, tail: Tail): Promise<Position> {
    const stored = await this.#store.at(seq)
    const run = stored === undefined ? undefined : this.#store.decode(stored, tail.epoch)
    if (typeof run === 'object') {
      // One that came after what was believed to be the last was this node's own.
      const offset = run.base + run.records.length
      if (stored !== undefined && seq > tail.seq) this.#tail = { ...tail, seq, id: stored.id, offset }
      return { epoch: tail.epoch.name, offset: run.base }
    }
    // Trimmed since: whatever its offset was, it lies before what is retained.
    const first = await this.#store.next(this.#subject, 1, tail.epoch)
    if (first === undefined) throw new EngineError('refused', 'the first record with this key is no longer retained')
    return { epoch: tail.epoch.name, offset: first.base }
  }

  /** Looks whether a try that was never answered is among what was stored since. */
  async #find(before: Tail, id: string, tail: Tail): Promise<Position | undefined> {
    let { seq } = before
    for (let reads = 0; reads < 16; reads++) {
      const { runs, last, ended } = await this.#store.after(this.#subject, seq + 1, searched, tail.epoch)
      const own = runs.find((run) => run.id === id)
      if (own !== undefined) return { epoch: tail.epoch.name, offset: own.base }
      if (ended || last >= tail.seq) return undefined
      seq = last
    }
    throw new EngineError('unanswered', 'too much was stored since to tell whether this was')
  }
}

function newId(): string {
  return randomBytes(12).toString('base64url')
}

/** What one message holds at most: enough to share a round trip, little enough to trim and to read in steps. */
const runRecords = 64
const runBytes = 128 * 1024
/** Left for the headers of a message. */
const headerBytes = 1024
const searched = { messages: 64, bytes: 4 * 1024 * 1024 }
