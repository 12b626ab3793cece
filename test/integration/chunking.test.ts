import { readFileSync } from 'node:fs'
import { BinaryCodec, type Message, type ProtocolViolation, publicLimits } from '@wirepact/protocol'
import { Connection } from '@wirepact/websocket'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

interface Vector {
  readonly name: string
  readonly hex: string
}

const vectors = JSON.parse(
  readFileSync(new URL('../../packages/protocol/vectors/messages.json', import.meta.url), 'utf8'),
) as Vector[]
const fromHex = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
const messages = vectors.map(({ hex }) => fromHex(hex))
const noMasks = { next: () => 0x5a17_93c4 }

/** Everything that one end sends for these messages, as one run of bytes. */
function wire(role: 'client' | 'server', chosen: readonly Uint8Array[]): Uint8Array {
  const events = { message() {}, closed() {} }
  const connection = new Connection({ role, events, masks: () => noMasks.next(), now: () => 0 })
  for (const bytes of chosen) connection.send(bytes)
  const bytes: number[] = []
  for (let chunk = connection.takeOutput(); chunk !== undefined; chunk = connection.takeOutput()) bytes.push(...chunk)
  return Uint8Array.from(bytes)
}

/** What the other end makes of the bytes, cut at these places. */
function read(role: 'client' | 'server', bytes: Uint8Array, cuts: readonly number[]): (Message | number)[] {
  const codec = new BinaryCodec(publicLimits)
  const seen: (Message | number)[] = []
  const connection = new Connection({
    role,
    masks: () => noMasks.next(),
    now: () => 0,
    events: {
      message(chunk, start, end) {
        try {
          seen.push(codec.decode(chunk, start, end))
        } catch (error) {
          seen.push((error as ProtocolViolation).closeCode)
        }
      },
      closed() {},
    },
  })
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  for (let index = 1; index < places.length; index++) {
    // A copy: the receiving end owns what it is given and unmasks it in place.
    connection.receive(bytes.slice(places[index - 1], places[index]))
  }
  return seen
}

describe('any chunking of the bytes', () => {
  it.each([
    ['client', 'server'],
    ['server', 'client'],
  ] as const)('from a %s gives the same messages', (from, to) => {
    const someMessages = fc.array(fc.integer({ min: 0, max: messages.length - 1 }), { minLength: 1, maxLength: 12 })
    const cuts = fc.array(fc.nat(4_000), { maxLength: 40 })
    fc.assert(
      fc.property(someMessages, cuts, (indexes, at) => {
        const chosen = indexes.map((index) => messages[index] as Uint8Array)
        const whole = new BinaryCodec(publicLimits)
        const expected = chosen.map((bytes) => whole.decode(bytes, 0, bytes.length))
        expect(read(to, wire(from, chosen), at)).toEqual(expected)
      }),
      { numRuns: 500 },
    )
  })

  it('down to single bytes, for every message there is', () => {
    const bytes = wire('client', messages)
    const everywhere = Array.from({ length: bytes.length }, (_, index) => index)
    expect(read('server', bytes, everywhere)).toEqual(read('server', bytes, []))
    expect(read('server', bytes, [])).toHaveLength(messages.length)
  })
})
