import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonCodec } from './json-codec.ts'
import { publicLimits } from './limits.ts'
import { wireValue } from './testing/wire-values.ts'
import { ValueCodec } from './value-codec.ts'

const binary = new ValueCodec(publicLimits)
const json = new JsonCodec(publicLimits)

function throughBinary(value: unknown): unknown {
  const bytes = binary.encodeValue(value)
  return binary.decodeValue(bytes, 0, bytes.length)
}

function throughJson(value: unknown): unknown {
  return json.decodeValue(json.encodeValue(value))
}

describe('values', () => {
  it('any value that may travel comes back equal in the binary form', () => {
    fc.assert(
      fc.property(wireValue, (value) => {
        expect(throughBinary(value)).toStrictEqual(value)
      }),
      { numRuns: 500 },
    )
  })

  it('any value that may travel comes back equal in the JSON form', () => {
    fc.assert(
      fc.property(wireValue, (value) => {
        expect(throughJson(value)).toStrictEqual(value)
      }),
      { numRuns: 500 },
    )
  })
})
