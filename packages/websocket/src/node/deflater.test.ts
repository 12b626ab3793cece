/** zlib behind the port: golden vectors, windows, bounds, and what a hostile peer may send. */
import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Violation } from '../errors.ts'
import { LATER, type Undone } from '../extension.ts'
import type { Compressor, Decompressor } from '../permessage-deflate/deflater.ts'
import { inflate } from '../testing/inflate.ts'
import { ascii, concat, hex, toHex } from '../testing/wire.ts'
import { ZlibDeflater } from './deflater.ts'

const MIB = 1024 * 1024
const LIMIT = 16 * MIB

function compressed(by: Compressor, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const now = by.compress(bytes, 0, bytes.length, (later) => resolve(later!))
    // Borrowed until the next call.
    if (now !== LATER) resolve(now.slice())
  })
}

function plain(by: Decompressor, payload: Uint8Array, limitBytes = LIMIT): Promise<Undone> {
  return new Promise((resolve) => {
    const now = by.decompress(payload, 0, payload.length, limitBytes, resolve)
    if (now !== LATER) resolve(now)
  })
}

const withoutTail = (blocks: Uint8Array) => blocks.subarray(0, blocks.length - 4)

/** At once, and in the thread pool: the same must come out of both. */
const WAYS = [
  ['at once', new ZlibDeflater()],
  ['later', new ZlibDeflater({ laterFromBytes: 1 })],
] as const

describe.each(WAYS)('%s', (_way, deflater) => {
  /** Payloads of RFC 7692 section 7.2.3 and around them. */
  test.each([
    ['f248cdc9c90700', 'Hello', 'one block, section 7.2.3.1'],
    ['000500faff48656c6c6f00', 'Hello', 'no compression, section 7.2.3.3'],
    ['f348cdc9c9070000', 'Hello', 'a block with BFINAL, section 7.2.3.4'],
    ['f248050000 00ffff cac9c90700', 'Hello', 'two blocks, section 7.2.3.5'],
    ['00', '', 'an empty message, section 7.2.3.6'],
    ['0200', '', 'an empty message by a fixed block'],
    ['f348cdc9c90700', 'Hello', 'BFINAL and nothing after it'],
    ['f348cdc9c90700 f348cdc9c90700 00', 'HelloHello', 'a second stream behind the first'],
  ])('%s is %s (%s)', async (payload, message) => {
    for (const takeover of [false, true]) {
      const decompressor = deflater.decompressor(15, takeover)
      // Twice, so that whatever the first one leaves behind would show.
      for (let i = 0; i < 2; i++) expect(await plain(decompressor, hex(payload))).toEqual(ascii(message))
      decompressor.close()
    }
  })

  test('section 7.2.3.2: with takeover a second message refers to the first', async () => {
    const decompressor = deflater.decompressor(15, true)
    expect(await plain(decompressor, hex('f248cdc9c90700'))).toEqual(ascii('Hello'))
    expect(await plain(decompressor, hex('f200110000'))).toEqual(ascii('Hello'))
    decompressor.close()
    expect(await plain(deflater.decompressor(15, false), hex('f200110000'))).toMatchObject({ code: 1007 })
  })

  test.each([
    ['ffffff', 'a block of the reserved kind'],
    ['000500fafe48656c6c6f00', 'a stored length that does not match'],
    ['f200110000', 'a reference to before the beginning'],
    ['ecc00101000000c0a0fdabf41e', 'random bytes'],
  ])('%s (%s) is a violation with 1007', async (payload) => {
    for (const takeover of [false, true]) {
      const found = await plain(deflater.decompressor(15, takeover), hex(payload))
      expect(found).toBeInstanceOf(Violation)
      expect(found).toMatchObject({ code: 1007 })
    }
    // The object that met it is not used again.
    expect(await plain(deflater.decompressor(15, false), hex('f248cdc9c90700'))).toEqual(ascii('Hello'))
  })

  test('a message that was cut short is a violation', async () => {
    const whole = withoutTail(deflateRawSync(Buffer.from('the quick brown fox '.repeat(20)), SYNC))
    for (let length = 1; length < whole.length; length++) {
      const found = await plain(deflater.decompressor(15, false), whole.slice(0, length))
      expect([length, found]).toEqual([length, expect.any(Violation)])
    }
  })

  test('a message of nothing but ends is refused soon', async () => {
    const found = await plain(deflater.decompressor(15, false), hex('0300'.repeat(100_000)))
    expect(found).toMatchObject({ code: 1007 })
  })

  test('a bomb is given up on at the limit, and no later', async () => {
    const bomb = withoutTail(deflateRawSync(Buffer.alloc(64 * MIB), { ...SYNC, level: 9 }))
    for (const takeover of [false, true]) {
      const before = process.memoryUsage()
      const found = await plain(deflater.decompressor(15, takeover), bomb, MIB)
      const after = process.memoryUsage()
      expect(found).toMatchObject({ code: 1009 })
      expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(8 * MIB)
    }
  })

  test('a message of exactly the limit is taken, one more byte is not', async () => {
    for (const limit of [10, 65_535, 65_536, 65_537, 200_000]) {
      const at = withoutTail(deflateRawSync(Buffer.alloc(limit, 7), SYNC))
      const above = withoutTail(deflateRawSync(Buffer.alloc(limit + 1, 7), SYNC))
      expect(await plain(deflater.decompressor(15, false), at, limit)).toHaveLength(limit)
      expect(await plain(deflater.decompressor(15, false), above, limit)).toMatchObject({ code: 1009 })
    }
  })

  const bits = fc.integer({ min: 8, max: 15 })
  // Words repeated at every distance, so that every window finds something just inside it and just outside.
  const message = fc
    .array(fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.constant(ascii('wirepact')), fc.nat(400)), { maxLength: 40 })
    .map((parts) => concat(...parts.map((part) => (typeof part === 'number' ? new Uint8Array(part).fill(part) : part))))
    .filter((bytes) => bytes.length > 0)

  test('what is compressed inflates to the same, within the window that was agreed', async () => {
    await fc.assert(
      fc.asyncProperty(
        bits,
        fc.boolean(),
        fc.array(message, { maxLength: 4 }),
        async (windowBits, takeover, messages) => {
          const compressor = deflater.compressor(windowBits, takeover)
          const decompressor = deflater.decompressor(windowBits, takeover)
          let history: number[] = []
          for (const bytes of messages) {
            const blocks = await compressed(compressor, bytes)
            // A result that is not smaller may be cut; it is not sent.
            if (blocks.length - 4 >= bytes.length) {
              compressor.forget()
              history = []
              continue
            }
            expect(toHex(blocks.subarray(-4))).toBe('0000ffff')
            const seen = inflate(withoutTail(blocks), takeover ? history : [])
            expect(seen.bytes).toEqual([...bytes])
            expect(seen.farthest).toBeLessThanOrEqual(2 ** windowBits)
            expect(await plain(decompressor, withoutTail(blocks))).toEqual(bytes)
            history = [...history, ...bytes]
          }
          compressor.close()
          decompressor.close()
        },
      ),
      { numRuns: 60 },
    )
  })
})

const SYNC = { finishFlush: constants.Z_SYNC_FLUSH }

test('a window of 256 bytes is never left, whatever lies just outside', () => {
  // zlib refuses 8 bits; it is asked for 9 and never looks further back than 250.
  for (const level of [1, 3, 6, 9]) {
    let farthest = 0
    const compressor = new ZlibDeflater({ level }).compressor(8, false)
    for (let gap = 200; gap < 560; gap += 3) {
      const word = Uint8Array.from({ length: 40 }, (_, i) => (i * 37 + gap) & 255)
      const between = Uint8Array.from({ length: gap - 40 }, (_, i) => Math.imul(i + gap, 2654435761) >>> 24)
      const bytes = concat(word, between, word)
      const blocks = compressor.compress(bytes, 0, bytes.length, () => undefined) as Uint8Array
      // What is not smaller is cut off, and not sent.
      if (blocks.length - 4 >= bytes.length) continue
      farthest = Math.max(farthest, inflate(withoutTail(blocks)).farthest)
    }
    // Not vacuous: references close to the edge are found.
    expect(farthest).toBeGreaterThan(240)
    expect(farthest).toBeLessThanOrEqual(256)
  }
})

test('options out of range are a mistake of the program', () => {
  for (const level of [0, 10, 1.5]) expect(() => new ZlibDeflater({ level })).toThrow('from 1 to 9')
  expect(() => new ZlibDeflater({ memLevel: 0 })).toThrow('from 1 to 9')
  expect(() => new ZlibDeflater({ laterFromBytes: 0 })).toThrow('at least 1')
})
