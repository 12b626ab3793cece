import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { publicLimits } from './limits.ts'
import { isRefusedName } from './tags.ts'
import { msgpackr } from './testing/msgpackr.ts'
import { ValueCodec } from './value-codec.ts'

const codec = new ValueCodec(publicLimits)

/** What both implementations say without tags; msgpackr writes −0 as 0. */
const plainValue = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small' }, tie('leaf'), fc.array(tie('value'), { maxLength: 20 }), tie('record')),
  record: fc.dictionary(
    fc.string({ maxLength: 40 }).filter((key) => !key.startsWith('$') && !isRefusedName(key)),
    tie('value'),
    { maxKeys: 20, noNullPrototype: true },
  ),
  leaf: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.integer(),
    fc.double().filter((number) => !Object.is(number, -0)),
    fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.date({ noInvalidDate: true, min: new Date(-8.64e14), max: new Date(8.64e14) }),
  ),
})).value

describe('msgpackr, an implementation that we did not write', () => {
  it('writes the same bytes', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        if (value === undefined) return
        expect(codec.encodeValue(value)).toEqual(new Uint8Array(msgpackr.pack(value)))
      }),
      { numRuns: 500 },
    )
  })

  it('reads what we write, and we read what it writes', () => {
    fc.assert(
      fc.property(plainValue, (value) => {
        if (value === undefined) return
        expect(msgpackr.unpack(codec.encodeValue(value))).toStrictEqual(value)
        const bytes = msgpackr.pack(value)
        expect(codec.decodeValue(bytes, 0, bytes.length)).toStrictEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it('gives us plain bytes out of its Buffers', () => {
    const bytes = msgpackr.pack({ data: Buffer.from([1, 2, 3]) })
    const { data } = codec.decodeValue(bytes, 0, bytes.length) as { data: Uint8Array }
    expect(data).toStrictEqual(new Uint8Array([1, 2, 3]))
    bytes.fill(0)
    expect(data).toStrictEqual(new Uint8Array([1, 2, 3]))
  })
})
