/** A conversation with compression is the same conversation: whatever is said, however it is cut into frames and chunks. */
import { Buffer } from 'node:buffer'
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ZlibDeflater } from '../node/deflater.ts'
import { Endpoint, Pair } from '../testing/harness.ts'
import { concat, frame } from '../testing/wire.ts'
import type { DeflateAgreement } from './parameters.ts'
import { PerMessageDeflate } from './permessage-deflate.ts'

const AGREEMENT: DeflateAgreement = {
  sendTakeover: true,
  receiveTakeover: true,
  sendWindowBits: 15,
  receiveWindowBits: 15,
}
const deflater = new ZlibDeflater()
const extension = (more: Partial<DeflateAgreement> = {}, thresholdBytes = 1) =>
  new PerMessageDeflate(deflater, { ...AGREEMENT, ...more }, thresholdBytes)

const message = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }).map((text) => ({ opcode: 1, bytes: new TextEncoder().encode(text) })),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => ({ opcode: 2, bytes })),
  // What is not UTF-8 must fail, compressed or not.
  fc.uint8Array({ minLength: 1, maxLength: 6 }).map((bytes) => ({ opcode: 1, bytes })),
  fc.nat(5000).map((size) => ({ opcode: 2, bytes: new Uint8Array(size).fill(size) })),
)

/** Frames of random sizes, with a ping now and then. */
function framed(opcode: number, payload: Uint8Array, cuts: readonly number[], rsv: number, key: number): Uint8Array[] {
  const at = [0, ...[...new Set(cuts.map((cut) => cut % (payload.length + 1)))].sort((a, b) => a - b), payload.length]
  return at.slice(1).flatMap((end, i) => {
    const fin = i === at.length - 2
    const part = payload.subarray(at[i]!, end)
    const own = frame(i === 0 ? opcode : 0, part, { fin, rsv: i === 0 ? rsv : 0, key })
    return (cuts[i] ?? 0) % 3 === 1 && !fin ? [own, frame(9, Uint8Array.of(i), { key })] : [own]
  })
}

function cut(wire: Uint8Array, chunkBytes: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < wire.length; at += chunkBytes) chunks.push(wire.subarray(at, at + chunkBytes))
  return chunks
}

test('what a server receives compressed is what it receives plain', () => {
  const cuts = fc.array(fc.nat(500), { maxLength: 5 })
  fc.assert(
    fc.property(
      fc.array(fc.tuple(message, cuts, fc.boolean(), fc.integer()), { maxLength: 8 }),
      fc.integer({ min: 1, max: 2000 }),
      (messages, chunkBytes) => {
        const plain = new Endpoint('server')
        const compressed = new Endpoint('server', { extension: extension() })
        let history: Buffer = Buffer.alloc(0)
        for (const [{ opcode, bytes }, cuts, compress, key] of messages) {
          plain.receive(frame(opcode, bytes, { key }))
          let payload = bytes
          if (compress) {
            const dictionary = history.length > 0 ? { dictionary: history } : {}
            const blocks = deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH, ...dictionary })
            payload = new Uint8Array(blocks.subarray(0, -4))
            history = Buffer.concat([history, bytes])
          }
          compressed.receive(...cut(concat(...framed(opcode, payload, cuts, compress ? 0x40 : 0, key)), chunkBytes))
        }
        plain.connection.transportEnded()
        compressed.connection.transportEnded()
        // The pings came with the fragments; a message that fails may fail before the ping behind it.
        const said = (log: readonly string[]) => log.filter((line) => !line.startsWith('ping'))
        expect(said(compressed.log)).toEqual(said(plain.log))
      },
    ),
    { numRuns: 400 },
  )
})

test('two ends that compress say what two ends that do not say', () => {
  const bits = fc.integer({ min: 8, max: 15 })
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 10 }),
      fc.record({ sendWindowBits: bits, sendTakeover: fc.boolean() }),
      fc.constantFrom(1, 100, 1024),
      fc.integer({ min: 1, max: 3000 }),
      (messages, { sendWindowBits, sendTakeover }, thresholdBytes, chunkBytes) => {
        const agreed = {
          sendWindowBits,
          sendTakeover,
          receiveWindowBits: sendWindowBits,
          receiveTakeover: sendTakeover,
        }
        const plain = new Pair()
        // One for each: the two ends of a pair must not share what they remember.
        const from = new Endpoint('client', { extension: extension(agreed, thresholdBytes) })
        const to = new Endpoint('server', { extension: extension(agreed, thresholdBytes) })
        for (const { bytes } of messages) {
          plain.client.connection.send(bytes)
          from.connection.send(bytes)
        }
        plain.settle()
        to.receive(...cut(from.output(), chunkBytes))
        expect(to.log).toEqual(plain.server.log)
      },
    ),
    { numRuns: 400 },
  )
})
