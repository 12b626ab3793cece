import { compile, contract, event } from '@wirepact/contract'
import { type EventLog, type LogListener, type LogRecord, MemoryLog, type Position } from '@wirepact/eventlog'
import { BinaryCodec, Kind, type Message, type Outgoing, type Run, trustedLimits } from '@wirepact/protocol'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Binding } from './binding.ts'
import type { BindingOutlet } from './binding-port.ts'
import { Deliveries } from './deliveries.ts'
import { eventCodec } from './json.ts'
import { Topic } from './topic.ts'

const entry = compile(contract({ events: { tick: event({ payload: z.number(), onGap: 'skip' }) } })).events[0]!
const codec = eventCodec(trustedLimits)
const binary = new BinaryCodec(trustedLimits)
const kept = 12

/** A log whose reads take a turn, and whose watch may lag behind what can be read, as an engine's may. */
class RemoteLog {
  readonly memory = new MemoryLog({ now: () => 0, epoch: 'e1', recordsPerTopic: kept })
  lag = false
  reads = 0
  #listener: LogListener | undefined
  readonly #late: LogRecord[] = []

  get port(): EventLog {
    return this as unknown as EventLog
  }

  watch(topic: string, listener: LogListener) {
    this.#listener = listener
    return this.memory.watch(topic, {
      record: (record) => (this.lag || this.#late.length > 0 ? this.#late.push(record) : listener.record(record)),
      gap: () => {},
    })
  }

  async read(topic: string, after: Position, _limits: unknown) {
    this.reads++
    if (this.reads > 100_000) throw new Error('it reads and reads')
    await Promise.resolve()
    return this.memory.read(topic, after, { maxRecords: 5, maxBytes: 1_000_000 })
  }

  append(): void {
    this.memory.append('tick', Uint8Array.of(1))
  }

  catchUp(): void {
    this.lag = false
    for (const record of this.#late.splice(0)) this.#listener?.record(record)
  }

  get head(): number {
    return this.memory.head('tick').offset
  }
}

/** The other end: notes where it stands, and every hole or repetition. */
class Reader implements BindingOutlet<Binding> {
  readonly listener = undefined
  readonly faults: string[] = []
  room = Number.POSITIVE_INFINITY
  position: Position | undefined
  gaps = 0
  runs = 0

  waits(): void {}

  get congested(): boolean {
    return this.room <= 0
  }

  subscribed(at: Position): void {
    if (this.position !== undefined && at.offset < this.position.offset) this.faults.push('it stands before itself')
    // A gap is to follow, from where it was.
    this.position ??= at
  }

  control(message: Message): void {
    if (message.kind !== Kind.gap) return
    this.gaps++
    const { from, to } = message
    if (from !== this.position?.offset) this.faults.push(`a gap from ${from} at ${this.position?.offset}`)
    if (to <= from) this.faults.push(`a gap from ${from} to ${to}`)
    this.position = { epoch: message.epoch, offset: to }
  }

  forward(message: Outgoing): boolean {
    const offset = offsetOf(message)
    const last = this.position?.offset ?? Number.NaN
    if (offset !== last + 1) this.faults.push(`${offset} after ${last}`)
    this.position = { epoch: 'e1', offset }
    this.room--
    return true
  }

  forwardAll(run: Run): boolean {
    if (run.count > this.room) return false
    this.runs++
    for (let index = 0; index < run.count; index++) this.forward(run.message(index))
    return true
  }

  failed(_binding: Binding, error: unknown): void {
    this.faults.push(String(error))
  }
}

function offsetOf(message: Outgoing): number {
  const { bytes, start, end } = message as Exclude<Outgoing, string>
  const event = binary.decode(bytes, start, end)
  return event.kind === Kind.event && event.payload === 1 ? event.offset : Number.NaN
}

async function setup(deliveries?: Deliveries) {
  const log = new RemoteLog()
  const topic = new Topic(entry, 'tick', 1, undefined, codec, log.port, deliveries)
  await topic.open()
  const reader = new Reader()
  let binding: Binding | undefined
  const start = (position: Position | undefined) => {
    const outlet: BindingOutlet<Binding> = {
      listener: undefined,
      waits() {},
      get congested() {
        return reader.congested
      },
      // What a connection that is gone is sent does not arrive.
      control: (message) => current === binding && reader.control(message),
      forward: (message) => current !== binding || reader.forward(message),
      forwardAll: (run) => current !== binding || reader.forwardAll(run),
      failed: (failing, error) => reader.failed(failing, error),
    }
    const current = new Binding({ topic, outlet, slowness: { policy: 'catchup', keyOf: undefined }, form: 'plain' })
    binding?.close()
    binding = current
    current
      .start(position, (at) => current === binding && reader.subscribed(at))
      .catch((e) => reader.faults.push(`${e}`))
  }
  const stop = () => {
    binding?.close()
    binding = undefined
  }
  return { log, topic, reader, start, stop, resume: () => binding?.resume() }
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve()
}

type Step =
  | { readonly do: 'append' | 'turn' | 'room'; readonly count: number }
  | { readonly do: 'congest' | 'reconnect' | 'lag' | 'flush' }

const trace = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constant('append' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant('turn' as const), count: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ do: fc.constant('room' as const), count: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ do: fc.constantFrom('congest' as const, 'reconnect' as const, 'lag' as const, 'flush' as const) }),
  ),
  { maxLength: 60 },
)

const ways = [
  ['one by one', () => undefined],
  ['a turn at a time', () => new Deliveries(() => 0)],
] as const

describe.each(ways)('a subscription under appends, congestion, reconnects and a log that trims (%s)', (_, way) => {
  it('gets every event once and in order, and is told of every hole', async () => {
    await fc.assert(
      fc.asyncProperty(trace, async (steps) => {
        const { log, reader, start, resume } = await setup(way())
        start(undefined)
        await turns(3)
        for (const step of steps) {
          if (step.do === 'append') for (let count = 0; count < step.count; count++) log.append()
          else if (step.do === 'turn') await turns(step.count)
          else if (step.do === 'room') {
            reader.room = step.count
            resume()
          } else if (step.do === 'congest') reader.room = 0
          else if (step.do === 'reconnect') start(reader.position)
          else if (step.do === 'lag') log.lag = true
          else log.catchUp()
        }
        log.catchUp()
        reader.room = Number.POSITIVE_INFINITY
        resume()
        await turns(200)
        expect(reader.faults).toEqual([])
        expect(reader.position?.offset).toBe(log.head)
        // It is live again: what comes now arrives in the same turn, without another read.
        const { reads } = log
        log.append()
        await turns(2)
        expect([reader.position?.offset, log.reads]).toEqual([log.head, reads])
      }),
      { numRuns: 500 },
    )
  })

  it('has no gap while the log holds what it missed', async () => {
    const { log, reader, start } = await setup(way())
    start(undefined)
    await turns(3)
    for (let round = 0; round < 20; round++) {
      for (let count = 0; count < kept; count++) log.append()
      start(reader.position)
      await turns(20)
    }
    expect([reader.gaps, reader.faults, reader.position?.offset]).toEqual([0, [], 20 * kept])
  })

  it('has exactly one when more was trimmed than it had room for', async () => {
    const { log, reader, start, resume } = await setup(way())
    start(undefined)
    await turns(3)
    reader.room = 0
    for (let count = 0; count < 3 * kept; count++) log.append()
    await turns(2)
    reader.room = Number.POSITIVE_INFINITY
    resume()
    await turns(30)
    expect([reader.gaps, reader.faults, reader.position?.offset]).toEqual([1, [], 3 * kept])
  })

  it('is live when it has read further than the log has delivered, and takes nothing twice', async () => {
    const { log, reader, start } = await setup(way())
    start(undefined)
    await turns(3)
    log.lag = true
    for (let count = 0; count < 5; count++) log.append()
    start(reader.position)
    await turns(50)
    expect([reader.position?.offset, log.reads < 10]).toEqual([5, true])
    log.catchUp()
    log.append()
    await turns(2)
    expect([reader.position?.offset, reader.faults]).toEqual([6, []])
  })

  it('takes what comes in a turn at once, where there is room for all of it', async () => {
    const { log, reader, start } = await setup(way())
    start(undefined)
    await turns(3)
    for (const [count, room] of [
      [5, 9],
      [5, 3],
      [1, 9],
    ] as const) {
      reader.room = room
      for (let appended = 0; appended < count; appended++) log.append()
      await turns(3)
    }
    expect([reader.faults, reader.runs]).toEqual([[], way() === undefined ? 0 : 1])
  })

  it('sends nothing once it is closed', async () => {
    const { log, reader, start, stop } = await setup(way())
    start(undefined)
    await turns(3)
    log.append()
    await turns(2)
    stop()
    log.append()
    await turns(20)
    expect([reader.position?.offset, reader.faults]).toEqual([1, []])
  })
})
