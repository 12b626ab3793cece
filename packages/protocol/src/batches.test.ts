import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Batches, unbatch } from './batches.ts'
import { BinaryCodec } from './binary-codec.ts'
import { publicLimits } from './limits.ts'
import { batchVectors, fromHex, toHex } from './testing/vectors.ts'
import { ProtocolViolation } from './violation.ts'

/** What arrives, each WebSocket message for itself. */
function wire() {
  const sent: Uint8Array[] = []
  const batches = new Batches(({ bytes, start, end }) => sent.push(bytes.slice(start, end)))
  const send = (size: number, first = 1) => {
    const bytes = new Uint8Array(size + 7).fill(first)
    batches.send({ bytes, start: 3, end: 3 + size })
    // It was borrowed.
    bytes.fill(0xee)
  }
  return { sent, batches, send, sizes: () => sent.map(({ length }) => length) }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

/** The messages in what arrived, as hex. */
function membersOf(bytes: Uint8Array): { readonly members: string[]; readonly close: number | undefined } {
  const members: string[] = []
  const codec = new BinaryCodec(publicLimits)
  let close: number | undefined
  const padded = Uint8Array.of(0xff, 0xff, ...bytes, 0xff)
  const message = (within: Uint8Array, start: number, end: number) => {
    if (close !== undefined) return
    try {
      codec.decode(within, start, end)
      members.push(toHex(within.subarray(start, end)))
    } catch (error) {
      if (!(error instanceof ProtocolViolation)) throw error
      close = error.closeCode
    }
  }
  unbatch({ message, text() {}, closed() {} }, padded, 2, padded.length - 1, false)
  return { members, close }
}

describe('a batch is made', () => {
  it('of no message that is alone in its turn: it leaves at once, as it is', async () => {
    const { sent, send } = wire()
    for (let i = 1; i <= 3; i++) {
      send(4, i)
      expect(sent).toEqual(Array.from({ length: i }, (_, n) => new Uint8Array(4).fill(n + 1)))
      await turn()
    }
    expect(sent).toHaveLength(3)
  })

  it('of those that follow the first, when the turn ends', async () => {
    const { sent, send, batches } = wire()
    send(1, 1)
    send(2, 2)
    send(3, 3)
    expect(sent).toHaveLength(1)
    expect(batches.heldBytes).toBe(8)
    await turn()
    expect(sent.slice(1)).toEqual([Uint8Array.of(25, 2, 2, 2, 3, 3, 3, 3)])
    expect(batches.heldBytes).toBe(0)
  })

  it('however many awaits apart they are sent, as long as they follow each other', async () => {
    const { send, sizes } = wire()
    const chain = async (awaits: number) => {
      for (let i = 0; i < awaits; i++) {
        await undefined
        send(2)
      }
    }
    await Promise.all([chain(20), chain(3), chain(11)])
    await turn()
    expect(sizes()).toEqual([2, 1 + 33 * 3])
  })

  it('anew when there is no room for more, and never longer than 16,384 bytes', async () => {
    const { send, sizes } = wire()
    for (let i = 0; i < 20; i++) send(4096)
    await turn()
    // A message and its length have 4,098 bytes: three of them fit.
    expect(sizes()).toEqual([4096, ...Array.from({ length: 6 }, () => 1 + 3 * 4098), 1 + 4098])
    expect(Math.max(...sizes())).toBeLessThanOrEqual(16_384)
  })

  it('without messages that are long: they leave alone, in their turn', async () => {
    const { send, sizes } = wire()
    for (const size of [10, 20, 30, 5000, 40, 50]) send(size)
    await turn()
    expect(sizes()).toEqual([10, 1 + 21 + 31, 5000, 1 + 41 + 51])
  })

  it('at once when the channel closes', () => {
    const { send, sizes, batches } = wire()
    for (const size of [1, 2, 3]) send(size)
    batches.flush()
    batches.flush()
    expect(sizes()).toEqual([1, 1 + 3 + 4])
  })

  it('so that the other side sees the same messages in the same order, whatever the sizes and pauses', async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 2, max: 40 }) },
      { weight: 1, arbitrary: fc.integer({ min: 3_000, max: 9_000 }) },
      { weight: 2, arbitrary: fc.constantFrom<'await' | 'turn' | 'flush'>('await', 'turn', 'flush') },
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 120 }), async (steps) => {
        const { sent, batches } = wire()
        const expected: string[] = []
        for (const [i, each] of steps.entries()) {
          if (each === 'await') await undefined
          else if (each === 'turn') await turn()
          else if (each === 'flush') batches.flush()
          else {
            // An answer: an id, and bytes.
            const bytes = Uint8Array.of(3, i, 0xc5, (each - 2) >> 8, (each - 2) & 255, ...new Uint8Array(each - 2))
            expected.push(toHex(bytes))
            batches.send({ bytes, start: 0, end: bytes.length })
          }
        }
        await turn()
        const got = sent.map(membersOf)
        expect(got.flatMap(({ members }) => members)).toEqual(expected)
        expect(got.some(({ close }) => close !== undefined)).toBe(false)
      }),
      { numRuns: 60 },
    )
  })
})

describe('vectors of batches', () => {
  it.each(batchVectors)('$name', ({ hex, messages, close }) => {
    expect(membersOf(fromHex(hex))).toEqual({ members: messages, close })
  })

  it('one above 16,384 bytes is refused as a whole, before any of it is acted on', () => {
    const pings = (count: number) => Uint8Array.of(25, ...Array.from({ length: count }, () => [2, 13, 7]).flat())
    const { members } = membersOf(pings(5461))
    expect(members).toHaveLength(5461)
    expect(membersOf(pings(5462))).toEqual({ members: [], close: 4400 })
  })
})

it('any bytes after the first are members, then at most one violation; nothing else is thrown', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const { members } = membersOf(Uint8Array.of(25, ...bytes))
      const lengths = members.reduce((sum, member) => sum + member.length / 2, 0)
      expect(lengths + members.length).toBeLessThanOrEqual(bytes.length)
    }),
  )
})
