import { AckPolicy, DeliverPolicy } from '@nats-io/jetstream'
import type { Engine } from './engine.ts'
import { EngineError } from './engine-error.ts'
import { type Stored, storedOf } from './stored.ts'

// Theory of operation
//
// Three ways lead to the messages of one subject from a sequence on. Asked for one by one they cost a round trip each and
// nothing else, which is best for a few. Since NATS 2.11 one request brings many. Before, many come from a consumer that
// is made for this one read and removed after it; should the node die in between, the engine removes it itself. There
// are never more than a few of those at a time.

/** The messages of a subject from `seq` on, in order, at most `most`. Fewer means that there are no more. */
export async function readBatch(
  engine: Engine,
  stream: string,
  subject: string,
  seq: number,
  most: number,
): Promise<Stored[]> {
  if (most > few && engine.since(2, 11)) return readAtOnce(engine, stream, subject, seq, most)
  const found: Stored[] = []
  while (found.length < Math.min(few, most)) {
    const next = await engine.next(stream, subject, (found.at(-1)?.seq ?? seq - 1) + 1)
    if (next === undefined) return found
    found.push(next)
  }
  if (found.length === most) return found
  return [...found, ...(await readByConsumer(engine, stream, subject, found.at(-1)!.seq + 1, most - found.length))]
}

async function readAtOnce(
  engine: Engine,
  stream: string,
  subject: string,
  seq: number,
  most: number,
): Promise<Stored[]> {
  return engine.ask(async () => {
    const found: Stored[] = []
    const messages = await engine.manager.direct.getBatch(stream, { seq, batch: most, next_by_subj: subject })
    try {
      for await (const message of messages) found.push(storedOf(message))
    } catch (error) {
      // Nothing from there on is said as an error, too.
      if (!(error instanceof Error && /no results|message not found/.test(error.message))) throw error
    }
    return found
  })
}

async function readByConsumer(
  engine: Engine,
  stream: string,
  subject: string,
  seq: number,
  most: number,
): Promise<Stored[]> {
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
    const count = Math.min(most, info.num_pending)
    try {
      if (count === 0) return []
      return await engine.ask(async () => {
        const consumer = engine.manager.jetstream().consumers.getConsumerFromInfo(info)
        const found: Stored[] = []
        for await (const message of await consumer.fetch({ max_messages: count, expires: 2_000 })) {
          found.push(storedOf(message))
        }
        // Fewer would be taken for the end of the topic.
        if (found.length < count) throw new EngineError('unanswered', 'not all messages of a batch came')
        return found
      })
    } finally {
      await engine.ask(() => consumers.delete(stream, info.name)).catch(() => {})
    }
  } finally {
    free()
  }
}

/** What is read one by one before it is worth more. */
const few = 4
