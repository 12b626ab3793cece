import { contract, event, notification, procedure } from '@wirepact/contract'
import { type EventLog, MemoryLog } from '@wirepact/eventlog'
import { createServer, type Limits, type Server } from '@wirepact/server'
import type { Network } from '@wirepact/testing'
import { z } from 'zod'

const Numbered = z.object({ id: z.number(), ms: z.number() })

/** One of everything. A call has a number, and takes so long. */
export const shared = contract({
  server: {
    work: procedure({ input: Numbered, output: z.number() }),
    again: procedure({ input: Numbered, output: z.number(), idempotent: true }),
    once: procedure({ input: Numbered, output: z.number() }),
    ask: procedure({ input: Numbered, output: z.number() }),
    join: procedure({ input: z.object({ room: z.number() }), output: z.number() }),
    /** 0, 1, 2 … and so many in all. */
    count: procedure({ input: z.object({ to: z.number() }), yields: z.number(), output: z.number() }),
    sum: procedure({ accepts: z.number(), output: z.number() }),
    note: notification({ input: Numbered }),
  },
  client: { answer: procedure({ input: Numbered, output: z.number() }) },
  events: {
    tick: event({ payload: z.number(), onGap: 'skip' }),
    room: event({ topic: z.object({ room: z.number() }), payload: z.number(), onGap: 'skip' }),
  },
  state: z.object({ user: z.string(), seen: z.number() }),
})

type Node = Server<typeof shared, string>

/** The nodes of one run, one after the other, each with its own chance of being tight. */
export class ChaosNodes {
  /** How often each thing ran that must not run twice, by its name and number. */
  readonly ran = new Map<string, number>()
  /** What was not as promised. */
  readonly wrong: string[] = []
  /** Each node has a log of its own, in memory: what is published there ends with it. */
  readonly apart: boolean
  /** In some runs a connection is full after a few events, a window after a few messages, or sessions end soon. */
  readonly limits: Partial<Limits>
  readonly all: Node[] = []
  readonly #network: Network
  readonly #log: EventLog
  #epochs = 0

  constructor(network: Network) {
    const { random } = network
    this.#network = network
    this.apart = random.chance(0.3)
    this.#log = engine(this.#memory(), network)
    this.limits = {
      highWaterBytes: random.chance(0.3) ? 60 : 256 * 1024,
      resendMessages: random.chance(0.2) ? 8 : 4_096,
      callsInFlight: random.chance(0.2) ? 4 : 256,
      detachedMs: random.chance(0.2) ? random.below(2_000) : 60_000,
    }
    this.next()
  }

  get now(): Node {
    return this.all.at(-1) as Node
  }

  /** Another takes over; gives the one before. */
  next(): Node {
    const old = this.now
    this.all.push(this.make())
    this.#network.serve(this.now)
    return old
  }

  /** It runs now. */
  count(what: string): void {
    this.ran.set(what, (this.ran.get(what) ?? 0) + 1)
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise<void>((resolve, reject) => {
      const abort = () => {
        stop()
        reject(signal.reason)
      }
      const stop = this.#network.clock.schedule(ms, () => {
        signal.removeEventListener('abort', abort)
        resolve()
      })
      signal.addEventListener('abort', abort)
    })
  }

  make(): Node {
    const nodes = this
    return createServer<typeof shared, string>(shared, {
      ...{ system: this.#network.serverSystem, report: () => {}, keyTtlMs: 3_600_000, limits: this.limits },
      log: this.apart ? this.#memory() : this.#log,
      authenticate: ({ credentials }) => String(credentials).split(' ')[0] as string,
      principal: ({ context }) => context,
      state: ({ context }) => ({ user: context, seen: 0 }),
      handlers: {
        async work({ input: { id, ms }, signal }) {
          nodes.count(`work ${id}`)
          await nodes.wait(ms, signal)
          return id
        },
        async again({ input: { id, ms }, signal }) {
          await nodes.wait(ms, signal)
          return id
        },
        async once({ input: { id, ms }, signal }) {
          nodes.count(`once ${id}`)
          await nodes.wait(ms, signal)
          return id
        },
        ask: ({ input, connection }) => connection.api.answer(input),
        async join({ input: { room }, connection }) {
          await connection.events.room.join({ room })
          connection.state.update({ seen: connection.state.value.seen + 1 })
          return room
        },
        async *count({ input: { to }, signal }) {
          for (let n = 0; n < to; n++) {
            if (n % 7 === 0) await nodes.wait(n, signal)
            yield n
          }
          return to
        },
        async sum({ items }) {
          let next = 0
          for await (const n of items) if (n !== next++) nodes.wrong.push(`sum: ${n} instead of ${next - 1}`)
          return next
        },
        note: ({ input: { id } }) => nodes.count(`note ${id}`),
      },
    })
  }

  // Each begins a history of its own.
  #memory(): MemoryLog {
    return new MemoryLog({ now: () => this.#network.clock.now(), epoch: `epoch ${this.#epochs++}` })
  }
}

/** A log that outlives each node, and that all nodes see; in some runs it takes its time to answer, as an engine does. */
function engine(memory: MemoryLog, { clock, random }: Network): EventLog {
  const isSlow = random.chance(0.5)
  const later = async <Value>(answer: () => Value): Promise<Value> => {
    await new Promise<void>((resolve) => clock.schedule(random.below(30), resolve))
    return answer()
  }
  return {
    caps: { durable: true, shared: true },
    kv: memory.kv,
    append: (...given) => memory.append(...given),
    read: (...given) => (isSlow ? later(() => memory.read(...given)) : memory.read(...given)),
    head: (topic) => (isSlow ? later(() => memory.head(topic)) : memory.head(topic)),
    heads: (topics) => memory.heads(topics),
    watch: (...given) => (isSlow ? later(() => memory.watch(...given)) : memory.watch(...given)),
    close: () => memory.close(),
  }
}
