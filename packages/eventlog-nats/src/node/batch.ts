import { AckPolicy, type ConsumerInfo, DeliverPolicy } from '@nats-io/jetstream'
import type { Engine } from './engine.ts'
import { EngineError } from './engine-error.ts'
import { type Stored, storedOf } from './stored.ts'

// Theory of operation
//
// Three ways lead to the messages of one subject from a sequence on. Asked for one by one they cost a round trip each and
// nothing else, which is best for a few. Since NATS 2.11 one request brings many. Before, many come from a consumer that
// is made for this one read and removed after it; should the node die in between, the engine removes it itself. There
// are never more than a few of those at a time.

/** What to read, and how much of it at most; a message more than `bytes` may come, and always one. */
export interface BatchRequest {
  readonly stream: string
  readonly subject: string
  /** The first sequence that is wanted. */
  readonly seq: number
  readonly messages: number
  readonly bytes: number
}

export interface Batch {
  /** In order, and every one that there was between the first and the last. */
  readonly messages: readonly Stored[]
  /** There were no more after them. */
  readonly ended: boolean
}

/** The messages of a subject from a sequence on. */
export async function readBatch(engine: Engine, request: BatchRequest): Promise<Batch> {
  const found: Stored[] = []
  let left = request
  const add = (messages: readonly Stored[]): boolean => {
    found.push(...messages)
    const bytes = messages.reduce((sum, { data }) => sum + data.byteLength, 0)
    const { seq } = messages.at(-1)!
    left = { ...left, seq: seq + 1, messages: left.messages - messages.length, bytes: left.bytes - bytes }
    return left.messages > 0 && left.bytes > 0
  }
  while (found.length < few) {
    const next = await engine.next(left.stream, left.subject, left.seq)
    if (next === undefined) return { messages: found, ended: true }
    if (!add([next])) return { messages: found, ended: false }
  }
  const { messages, ended } = await (engine.since(2, 11) ? readAtOnce : readByConsumer)(engine, left)
  return { messages: [...found, ...messages], ended }
}

async function readAtOnce(engine: Engine, { stream, subject, seq, messages, bytes }: BatchRequest): Promise<Batch> {
  return engine.ask(async () => {
    const found: Stored[] = []
    const query = { seq, batch: messages, max_bytes: bytes, next_by_subj: subject }
    let ended = false
    try {
      for await (const message of await engine.manager.direct.getBatch(stream, query)) {
        const { lastSequence, pending } = message
        // One between them did not come. What follows is read again.
        if (lastSequence > 0 && found.length > 0 && lastSequence !== found.at(-1)!.seq) break
        found.push(storedOf(message))
        ended = pending === 0
      }
    } catch (error) {
      // Nothing from there on is said as an error, too.
      if (!(error instanceof Error && /no results|message not found/.test(error.message))) throw error
      ended = true
    }
    return { messages: found, ended }
  })
}

async function readByConsumer(engine: Engine, { stream, subject, seq, messages, bytes }: BatchRequest): Promise<Batch> {
  const { consumers } = engine.manager
  const free = await engine.consumers.take()
  try {
    const info = await engine.ask(() =>
      consumers.add(stream, {
        ack_policy: AckPolicy.None,
        deliver_policy: DeliverPolicy.StartSequence,
        opt_start_seq: seq,
        filter_subject: subject,
        inactive_threshold: 10e9,
        mem_storage: true,
        num_replicas: 1,
      }),
    )
    try {
      const found: Stored[] = []
      const count = Math.min(messages, info.num_pending)
      const began = performance.now()
      for (let size = 0; found.length < count && size < bytes && performance.now() - began < patienceMs; ) {
        // A pull is bounded by messages or by bytes, not by both: how large they are is told by the first.
        const fit = found.length === 0 ? firstPull : Math.ceil(((bytes - size) * found.length) / Math.max(1, size))
        const part = await pull(engine, info, Math.min(fit, mostPulled, count - found.length), found.length)
        found.push(...part)
        size += part.reduce((sum, { data }) => sum + data.byteLength, 0)
      }
      // Consumers are known to count wrong: that there are no more is for the next read to find.
      return { messages: found, ended: false }
    } finally {
      await engine.ask(() => consumers.delete(stream, info.name)).catch(() => {})
    }
  } finally {
    free()
  }
}

/** The next messages of a consumer that gave `before` until now. */
export async function pull(engine: Engine, info: ConsumerInfo, count: number, before: number): Promise<Stored[]> {
  return engine.ask(async () => {
    const consumer = engine.manager.jetstream().consumers.getConsumerFromInfo(info)
    const found: Stored[] = []
    for await (const message of await consumer.fetch({ max_messages: count, expires: pullMs })) {
      // The consumer counts what it sends: one that is missing was lost on its way.
      if (message.info.deliverySequence !== before + found.length + 1) break
      found.push(storedOf(message))
    }
    if (found.length === 0) throw new EngineError('unanswered', 'nothing of a batch came')
    return found
  })
}

/** What is read one by one before it is worth more. */
const few = 4
const firstPull = 16
/** Servers before 2.11 may take half a millisecond for each. */
const mostPulled = 128
/** After that long a read has enough for once. */
const patienceMs = 500
const pullMs = 1_500
