import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRun, encodeRun, mostRecords } from './stored-message.ts'

const tag = 0x01020304

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

function read(said: string, sequence = 7): unknown {
  return decodeRun(Buffer.from(said, 'hex'), tag, sequence)
}

describe('a run of records as one message', () => {
  it.each<[string, number | undefined, number[][], string]>([
    ['one record after offset 5', 5, [[65]], '100102030405010141'],
    ['an empty record', 0, [[]], '100102030400' + '0100'],
    ['none: it only says where the topic stands', 300, [], '1001020304ac02' + '00'],
    ['an anchor with two', undefined, [[1], [2, 3]], '1101020304' + '02' + '0101' + '020203'],
  ])('%s', (_what, base, records, said) => {
    const encoded = encodeRun(
      tag,
      base,
      records.map((record) => Uint8Array.from(record)),
    )
    expect(hex(encoded)).toBe(said)
    const decoded = decodeRun(encoded, tag, 7)
    expect(decoded).toEqual({
      base: base ?? 7 * mostRecords,
      records: records.map((record) => Uint8Array.from(record)),
    })
  })

  it.each([
    ['nothing', '', 'malformed'],
    ['another kind', '120102030405010141', 'malformed'],
    ['another format', '200102030405010141', 'malformed'],
    ['a head that is cut', '100102', 'malformed'],
    ['another epoch', '100102030505010141', 'other-epoch'],
    ['no base', '1001020304', 'malformed'],
    ['a base beyond what counts', '1001020304ffffffffffffff7f00', 'malformed'],
    ['a varint without end', '1001020304ffffffffffffffffff', 'malformed'],
    ['more records than there are', '100102030405020141', 'malformed'],
    ['more records than a message holds', '100102030405' + '8108', 'malformed'],
    ['a record that is cut', '100102030405010241', 'malformed'],
    ['bytes after the last', '10010203040501014100', 'malformed'],
  ])('%s is refused', (_what, said, expected) => expect(read(said)).toBe(expected))

  it('comes back as it went, whatever it holds', () => {
    const records = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 70 })
    const base = fc.option(fc.nat({ max: Number.MAX_SAFE_INTEGER - mostRecords }), { nil: undefined })
    fc.assert(
      fc.property(fc.nat({ max: 0xffffffff }), base, records, (any, offset, run) => {
        const decoded = decodeRun(encodeRun(any, offset, run), any, 3)
        expect(decoded).toEqual({ base: offset ?? 3 * mostRecords, records: run })
      }),
    )
  })

  it('garbage never throws, and is never longer than it was', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (garbage) => {
        const bytes = Uint8Array.from([0x10 + ((garbage[0] ?? 0) % 2), 1, 2, 3, 4, ...garbage])
        const run = decodeRun(bytes, tag, 1)
        if (typeof run === 'string') return
        expect(run.records.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(bytes.length)
      }),
    )
  })
})
