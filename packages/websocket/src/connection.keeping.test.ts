import { describe, expect, test } from 'vitest'
import { Endpoint, Pair } from './testing/harness.ts'
import { concat, frame } from './testing/wire.ts'

const large = (fill: number) => new Uint8Array(100_000).fill(fill)

/** A server that keeps every message. */
function keeper() {
  const kept: { bytes: Uint8Array; lent: Uint8Array }[] = []
  const end: Endpoint = new Endpoint('server', {
    events: {
      message: (bytes, start, stop) => kept.push({ bytes: end.connection.keep(bytes, start, stop), lent: bytes }),
      closed: () => undefined,
    },
  })
  return { kept, connection: end.connection }
}

describe('keep', () => {
  test('hands over the buffer of a message that came in pieces, once', () => {
    const { kept, connection } = keeper()
    const wire = concat(frame(2, large(7), { key: 5 }), frame(2, large(8), { key: 6 }))
    for (let at = 0; at < wire.length; at += 65_536) connection.receive(wire.slice(at, at + 65_536))
    expect(kept.map(({ bytes }) => bytes)).toEqual([large(7), large(8)])
    expect(kept.every(({ bytes, lent }) => bytes.buffer === lent.buffer)).toBe(true)
    expect(kept[0]!.bytes.buffer).not.toBe(kept[1]!.bytes.buffer)
    const again = connection.keep(kept[0]!.lent, 0, 100_000)
    expect(again.buffer).not.toBe(kept[0]!.bytes.buffer)
  })

  test('copies a message that lies whole in a chunk, which it does not keep alive', () => {
    const { kept, connection } = keeper()
    const wire = concat(frame(2, Uint8Array.of(1, 2, 3), { key: 5 }), frame(2, large(1), { key: 0 }).subarray(0, 5000))
    connection.receive(wire)
    wire.fill(0)
    expect(kept[0]!.bytes).toEqual(Uint8Array.of(1, 2, 3))
    expect(kept[0]!.bytes.buffer.byteLength).toBe(3)
  })

  test('copies what would leave more than half of its buffer unused', () => {
    const { kept, connection } = keeper()
    const fragments = Array.from({ length: 300 }, () => frame(0, Uint8Array.of(9), { fin: false, key: 1 }))
    connection.receive(
      concat(
        frame(2, new Uint8Array(0), { fin: false, key: 1 }),
        ...fragments,
        frame(0, new Uint8Array(0), { key: 1 }),
      ),
    )
    expect(kept[0]!.bytes).toEqual(new Uint8Array(300).fill(9))
    expect(kept[0]!.bytes.buffer.byteLength).toBeLessThan(1024)
  })
})

test('what a server is given to send leaves without a copy', () => {
  const { server, client } = new Pair()
  const bytes = large(3)
  server.connection.send(bytes, 10, 90_010, false, true)
  const chunks = [server.connection.takeOutput()!, server.connection.takeOutput()!]
  expect(chunks[1]!.buffer).toBe(bytes.buffer)
  client.receive(...chunks)
  expect(client.log).toEqual([`binary ${'03'.repeat(90_000)}`])
})
