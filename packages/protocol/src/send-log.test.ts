import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Channel, Outgoing } from './channel.ts'
import { SendLog } from './send-log.ts'

/** Keeps what it is sent, as a socket would: by value. */
class Sink implements Channel {
  readonly bufferedBytes = 0
  readonly sent: string[] = []

  send(message: Outgoing): void {
    this.sent.push(textOf(message))
  }

  close(): void {}
  terminate(): void {}
}

function textOf(message: Outgoing): string {
  if (typeof message === 'string') return message
  return String.fromCharCode(...message.bytes.subarray(message.start, message.end))
}

const shared = new Uint8Array(2_000)

/** A message in a buffer that the next one overwrites, as codecs make them. */
function borrowed(text: string): Outgoing {
  shared.set(bytesOf(text), 3)
  return { bytes: shared, start: 3, end: 3 + text.length }
}

/** A message written into the log's own room if it fits, with something done when half of it is there. */
function written(log: SendLog, text: string, meanwhile: () => void): Outgoing {
  const room = log.room()
  const free = room === undefined ? 0 : room.bytes.length - room.at
  if (room === undefined || free < text.length) {
    meanwhile()
    return borrowed(text)
  }
  const start = room.at
  const half = text.length >> 1
  room.bytes.set(bytesOf(text.slice(0, half)), start)
  room.busy = true
  meanwhile()
  room.busy = false
  room.bytes.set(bytesOf(text.slice(half)), start + half)
  return { bytes: room.bytes, start, end: start + text.length }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0))
}

/** The log as one would write it down: all messages in one array, and three counts. */
class Oracle {
  readonly all: string[] = []
  readonly wire: string[] = []
  readonly window: { readonly bytes: number; readonly messages: number }
  acked = 0
  sent = 0
  reached = 0

  constructor(window: { readonly bytes: number; readonly messages: number }) {
    this.window = window
  }

  bytes(from: number, to: number): number {
    return this.all.slice(from, to).join('').length
  }

  get full(): boolean {
    return this.sent - this.acked >= this.window.messages || this.bytes(this.acked, this.sent) >= this.window.bytes
  }

  pump(): void {
    while (this.sent < this.all.length && !this.full) {
      this.wire.push(this.all[this.sent++]!)
      this.reached = Math.max(this.reached, this.sent)
    }
  }

  acknowledge(count: number): boolean {
    if (count < this.acked || count > this.sent) return false
    this.acked = count
    return true
  }
}

/**
 * How a message comes: as a text, in a buffer of the codec, written where it is kept, or that with others that come (and
 * so are sent) while it is being written.
 */
type How = 'text' | 'borrowed' | 'written' | 'interrupted' | 'given up'

type Step =
  | { readonly do: 'push'; readonly size: number; readonly how: How }
  | { readonly do: 'ack' | 'rewind'; readonly at: number }
  | { readonly do: 'pump' | 'attach' | 'detach' }

const hows = fc.constantFrom<How[]>('text', 'borrowed', 'written', 'written', 'interrupted', 'given up')
const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constant('push' as const), size: fc.integer({ min: 1, max: 90 }), how: hows }),
    fc.record({ do: fc.constant('push' as const), size: fc.constantFrom(700, 1_900), how: hows }),
    fc.record({ do: fc.constantFrom('ack' as const, 'rewind' as const), at: fc.integer({ min: -2, max: 12 }) }),
    fc.record({ do: fc.constantFrom('pump' as const, 'attach' as const, 'detach' as const) }),
  ),
  { maxLength: 200 },
)

describe('a send log', () => {
  it('is an array with three counts, whatever is done to it in any order', () => {
    const windows = fc.record({ bytes: fc.integer({ min: 1, max: 1_500 }), messages: fc.integer({ min: 1, max: 12 }) })
    fc.assert(
      fc.property(windows, steps, (window, trace) => {
        const log = new SendLog(window)
        const oracle = new Oracle(window)
        const sink = new Sink()
        let attached = true
        for (const step of trace) {
          if (step.do === 'push') {
            let made = 0
            const text = () => `${oracle.all.length}:${made++}`.padEnd(step.size, '.').slice(0, step.size)
            const push = (message: Outgoing) => {
              const content = textOf(message)
              log.push(message, attached ? sink : undefined)
              const inOrder = oracle.sent === oracle.all.length
              oracle.all.push(content)
              if (attached && inOrder) oracle.pump()
            }
            const other = () => push(written(log, text(), () => {}))
            const own = text()
            if (step.how === 'text') push(own)
            else if (step.how === 'borrowed') push(borrowed(own))
            else if (step.how === 'given up') written(log, own, other)
            else {
              const message = written(log, own, step.how === 'written' ? () => {} : other)
              expect(textOf(message)).toBe(own)
              push(message)
            }
          } else if (step.do === 'ack') {
            const count = oracle.acked + step.at
            expect(log.acknowledge(count)).toBe(oracle.acknowledge(count))
          } else if (step.do === 'rewind') {
            const count = oracle.acked + step.at
            const right = oracle.acknowledge(count)
            if (right) oracle.sent = oracle.acked
            expect(log.rewind(count)).toBe(right)
          } else if (step.do === 'pump') {
            log.pump(sink)
            oracle.pump()
          } else attached = step.do === 'attach'
          const held = oracle.bytes(oracle.acked, oracle.all.length)
          const kept = oracle.all.length - oracle.acked
          expect(log).toMatchObject({
            ...{ acked: oracle.acked, sent: oracle.sent, reached: oracle.reached, appended: oracle.all.length },
            ...{ full: oracle.full, heldBytes: held, excessive: held > window.bytes || kept > window.messages },
          })
        }
        expect(sink.sent).toEqual(oracle.wire)
      }),
      { numRuns: 500 },
    )
  })

  it('holds the right bytes while acks follow at a distance, so that slabs are used again', () => {
    const log = new SendLog({ bytes: 1_000_000, messages: 100_000 })
    const sink = new Sink()
    const texts = Array.from({ length: 6_000 }, (_, index) => `message ${index} `.padEnd(20 + (index % 50), '.'))
    texts.forEach((text, index) => {
      log.push(
        written(log, text, () => {}),
        sink,
      )
      if (index % 700 === 699) log.acknowledge(Math.max(0, index - 900))
    })
    const { acked } = log
    expect(sink.sent).toEqual(texts)
    log.rewind(acked)
    log.pump(sink)
    expect(sink.sent.slice(6_000)).toEqual(texts.slice(acked))
  })

  it('sends at once what finds an open window, and nothing past a full one', () => {
    const log = new SendLog({ bytes: 1_000, messages: 2 })
    const sink = new Sink()
    for (const text of ['a', 'b', 'c']) log.push(text, sink)
    expect([sink.sent, log.full]).toEqual([['a', 'b'], true])
    log.acknowledge(1)
    log.push('d', sink)
    // `c` came before it.
    expect(sink.sent).toEqual(['a', 'b'])
    log.pump(sink)
    expect(sink.sent).toEqual(['a', 'b', 'c'])
  })

  it('lets one message be larger than the window, alone', () => {
    const log = new SendLog({ bytes: 10, messages: 10 })
    const sink = new Sink()
    log.push('x'.repeat(50), sink)
    log.push('y', sink)
    expect([sink.sent.length, log.hopeless]).toEqual([1, false])
  })

  it('is hopeless when as much as the window holds waits behind it', () => {
    const log = new SendLog({ bytes: 1_000, messages: 2 })
    const sink = new Sink()
    for (const text of ['a', 'b', 'c', 'd']) log.push(text, sink)
    expect(log.hopeless).toBe(false)
    log.push('e', sink)
    expect(log.hopeless).toBe(true)
  })

  it('holds no bytes once all is acknowledged', () => {
    const log = new SendLog({ bytes: 100_000, messages: 1_000 })
    const sink = new Sink()
    for (let index = 0; index < 500; index++) log.push(borrowed('x'.repeat(100)), sink)
    expect(log.heldBytes).toBe(50_000)
    log.acknowledge(500)
    expect([log.heldBytes, log.full, log.excessive]).toEqual([0, false, false])
  })
})
