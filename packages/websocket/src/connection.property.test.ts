import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Endpoint, Pair } from './testing/harness.ts'
import { concat, frame } from './testing/wire.ts'

const roles = fc.constantFrom('client' as const, 'server' as const)

/** Frames of every kind, most of them in order, some damaged. */
const piece = fc.record({
  opcode: fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) }, fc.constantFrom(3, 8, 11)),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 20 }).map((text) => new TextEncoder().encode(text)),
    fc.nat(300).map((size) => new Uint8Array(size).fill(0x61)),
  ),
  fin: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
  key: fc.integer(),
  damage: fc.option(fc.nat(20), { freq: 8 }),
})

function wireOf(
  role: 'client' | 'server',
  pieces: readonly (typeof piece extends fc.Arbitrary<infer P> ? P : never)[],
) {
  const frames = pieces.map(({ opcode, payload, fin, key, damage }) => {
    const bytes = frame(opcode, payload, { fin, key: role === 'server' ? key : undefined })
    if (damage !== null && damage < bytes.length) bytes[damage] = bytes[damage]! ^ 0x40
    return bytes
  })
  return concat(...frames)
}

/** Everything that can be seen of a connection that read these chunks. */
function seen(role: 'client' | 'server', chunks: readonly Uint8Array[]) {
  const end = new Endpoint(role)
  for (const chunk of chunks) end.receive(chunk)
  const output = end.outputHex()
  const { state } = end.connection
  end.connection.transportEnded()
  return { output, state, log: end.log }
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = []
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!
    chunks.push(bytes.subarray(at, at + size))
    at += size
  }
  return chunks
}

describe('however the bytes are cut into chunks', () => {
  test('the events, the answer and the state are the same', () => {
    const sizes = fc.array(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 60 })), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(roles, fc.array(piece, { maxLength: 12 }), sizes, (role, pieces, sizes) => {
        const wire = wireOf(role, pieces)
        expect(seen(role, cut(wire, sizes))).toEqual(seen(role, [wire]))
      }),
      { numRuns: 1500 },
    )
  })

  test('a conversation between two connections is the same, word for word', () => {
    const word = fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array({ maxLength: 200 }), fc.nat(70_000))
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.integer({ min: 1, max: 5000 }), (words, chunkBytes) => {
        const pair = new Pair({}, () => chunkBytes)
        for (const word of words) {
          const said = typeof word === 'number' ? new Uint8Array(word).fill(word) : word
          for (const { connection } of [pair.client, pair.server]) {
            if (typeof said === 'string') connection.sendText(said)
            else connection.send(said)
          }
        }
        pair.client.connection.close(1000, 'done')
        pair.settle()
        expect(pair.client.log.slice(0, words.length)).toEqual(pair.server.log.slice(0, words.length))
        expect(pair.server.log.slice(words.length)).toEqual(['closing 1000 done', 'closed 1000 done clean'])
        expect(pair.client.log.at(-1)).toBe('closed 1000  clean')
      }),
      { numRuns: 60 },
    )
  })
})

describe('no input', () => {
  test('makes receive throw, or keeps a connection from being closed afterwards', () => {
    fc.assert(
      fc.property(roles, fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 10 }), (role, chunks) => {
        const { log } = seen(role, chunks)
        expect(log.filter((line) => line.startsWith('closed')).length).toBe(1)
      }),
      { numRuns: 3000 },
    )
  })

  test('makes a connection hold more than twice what it was fed, or 64 KiB', () => {
    fc.assert(
      fc.property(roles, fc.array(piece, { maxLength: 30 }), (role, pieces) => {
        const wire = wireOf(role, pieces)
        const end = new Endpoint(role).receive(wire)
        expect(end.connection.retainedBytes).toBeLessThanOrEqual(Math.max(65_536, 2 * wire.length))
      }),
    )
  })
})
