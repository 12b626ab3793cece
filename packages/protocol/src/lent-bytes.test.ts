import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BinaryCodec } from './binary-codec.ts'
import type { Channel, Outgoing } from './channel.ts'
import { publicLimits } from './limits.ts'
import { Kind, type Message } from './message.ts'
import { SendLog } from './send-log.ts'
import { fromHex, messageVectors } from './testing/vectors.ts'

// Large messages are copied as seldom as can be: what is lent must not change, what is given may be kept.

const codec = new BinaryCodec(publicLimits)

/** Keeps what it is lent, as a socket does that has not sent it yet, and copies the rest. */
class Borrower implements Channel {
  readonly bufferedBytes = 0
  readonly messages: Uint8Array[] = []
  readonly lent: (Uint8Array | undefined)[] = []

  send(message: Outgoing, lasts?: boolean): void {
    if (typeof message === 'string') throw new Error('a text')
    const bytes = message.bytes.subarray(message.start, message.end)
    this.messages.push(lasts === true ? bytes : bytes.slice())
    this.lent.push(lasts === true ? message.bytes : undefined)
  }

  close(): void {}
  terminate(): void {}
}

function push(log: SendLog, channel: Channel | undefined, size: number, fill: number): void {
  const value = new Uint8Array(size).fill(fill)
  log.push(codec.encodeItem(1, false, false, value, log.room(size + 64)), channel)
}

describe('bytes that a send log lends', () => {
  it('are the same until they are acknowledged, whatever comes after them, also when they are sent again', () => {
    const actions = fc.array(
      fc.oneof(
        fc.record({ size: fc.constantFrom(10, 300, 16_300, 16_384, 20_000, 30_000, 65_536) }),
        fc.record({ acknowledge: fc.nat(3) }),
        fc.record({ again: fc.nat(3) }),
      ),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(actions, (trace) => {
        const log = new SendLog({ bytes: 8_000_000, messages: 1_000 })
        let channel = new Borrower()
        const fills: number[] = []
        let first = 0
        for (const action of trace) {
          if ('size' in action) {
            push(log, channel, action.size, fills.length % 251)
            fills.push(fills.length % 251)
          } else if ('acknowledge' in action) {
            log.acknowledge(Math.min(log.acked + action.acknowledge, log.sent))
            log.rest()
          } else {
            log.rewind(Math.min(log.acked + action.again, log.sent))
            first = log.acked
            channel = new Borrower()
            log.pump(channel)
          }
          const held = channel.messages.slice(log.acked - first)
          expect(held.map((bytes) => bytes.at(-1))).toEqual(fills.slice(log.acked))
        }
      }),
    )
  })

  it('hold the next message once they were acknowledged, while there is something to send', () => {
    const log = new SendLog({ bytes: 8_000_000, messages: 1_000 })
    const channel = new Borrower()
    for (let fill = 0; fill < 3; fill++) push(log, channel, 65_536, fill)
    log.acknowledge(1)
    push(log, channel, 65_536, 3)
    expect(channel.lent[3]).toBe(channel.lent[0])
    log.acknowledge(4)
    log.rest()
    push(log, channel, 65_536, 4)
    expect(channel.lent.slice(0, 4)).not.toContain(channel.lent[4])
  })
})

describe('bytes that a codec is given', () => {
  const decode = (message: Message, given: boolean) => {
    const { bytes, start, end } = codec.encode(message)
    const own = bytes.slice(start, end)
    return { own, decoded: codec.decode(own, 0, own.length, given) as { readonly value: unknown } }
  }

  it('stay where they are when they are all of an item, and are copied otherwise', () => {
    const value = Uint8Array.from({ length: 70_000 }, (_, index) => index)
    const item = { kind: Kind.item, id: 1, fromCallee: true, waited: false, value } as const
    const given = decode(item, true)
    expect(given.decoded.value).toEqual(value)
    expect((given.decoded.value as Uint8Array).buffer).toBe(given.own.buffer)
    const borrowed = decode(item, false)
    expect((borrowed.decoded.value as Uint8Array).buffer).not.toBe(borrowed.own.buffer)
    const pair = decode({ ...item, value: [value, value] }, true)
    for (const each of pair.decoded.value as Uint8Array[]) expect(each.buffer).not.toBe(pair.own.buffer)
  })

  it('mean what they mean when they are borrowed, also when they are damaged', () => {
    const outcome = (bytes: Uint8Array, given: boolean) => {
      try {
        return codec.decode(bytes.slice(), 0, bytes.length, given)
      } catch (error) {
        return String(error)
      }
    }
    const sized = fc.constantFrom(
      '2601c400',
      '2601c50000',
      '2601c5000301',
      '2601c600000002',
      '2601c6ffffffff',
      '2601c5',
    )
    const whole = fc.constantFrom(...messageVectors.map(({ hex }) => hex))
    const tail = fc.uint8Array({ maxLength: 6 })
    fc.assert(
      fc.property(fc.oneof(sized, whole), tail, (hex, more) => {
        const bytes = Uint8Array.from([...fromHex(hex), ...more])
        expect(outcome(bytes, true)).toEqual(outcome(bytes, false))
      }),
      { numRuns: 500 },
    )
  })
})
