import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { BinaryCodec } from './binary-codec.ts'
import { JsonCodec } from './json-codec.ts'
import { publicLimits } from './limits.ts'
import { describeFault, Guard, guardFault } from './testing/guard.ts'
import { fromHex, messageVectors, refusedVectors } from './testing/vectors.ts'
import { ValueCodec } from './value-codec.ts'
import { ProtocolViolation } from './violation.ts'

const binary = new BinaryCodec(publicLimits)
const values = new ValueCodec(publicLimits)
const json = new JsonCodec(publicLimits)

/** What decoding came to: it may only return or throw a ProtocolViolation. */
function outcome(decode: () => unknown): 'decoded' | 'refused' {
  try {
    decode()
    return 'decoded'
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolViolation)
    return 'refused'
  }
}

const decodeAll = (bytes: Uint8Array) => outcome(() => binary.decode(bytes, 0, bytes.length))

/** Bytes of a real message with some of them changed, cut, doubled or put elsewhere. */
const mutated = fc
  .tuple(
    fc.constantFrom(...messageVectors, ...refusedVectors.filter(({ hex }) => hex !== undefined)),
    fc.array(fc.tuple(fc.nat(), fc.constantFrom('set', 'flip', 'drop', 'insert', 'cut', 'repeat'), fc.nat(255)), {
      minLength: 1,
      maxLength: 6,
    }),
  )
  .map(([{ hex }, changes]) => changes.reduce(change, Array.from(fromHex(hex as string))))
  .map((bytes) => Uint8Array.from(bytes))

function change(bytes: number[], [place, how, byte]: [number, string, number]): number[] {
  const at = bytes.length === 0 ? 0 : place % bytes.length
  switch (how) {
    case 'set':
      return bytes.map((old, index) => (index === at ? byte : old))
    case 'flip':
      return bytes.map((old, index) => (index === at ? old ^ (1 << (byte & 7)) : old))
    case 'drop':
      return bytes.toSpliced(at, 1 + (byte & 3))
    case 'insert':
      return bytes.toSpliced(at, 0, byte)
    case 'cut':
      return bytes.slice(0, at)
    default:
      return [...bytes, ...bytes.slice(at)]
  }
}

const objectNames = Object.getOwnPropertyNames(Object.prototype).join()
const arrayNames = Object.getOwnPropertyNames(Array.prototype).join()

afterEach(() => {
  expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(objectNames)
  expect(Object.getOwnPropertyNames(Array.prototype).join()).toBe(arrayNames)
})

describe('decoding whatever arrives', () => {
  it('random bytes decode or are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        decodeAll(bytes)
      }),
      { numRuns: 2_000 },
    )
  })

  it('mutated messages decode or are refused', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        decodeAll(bytes)
      }),
      { numRuns: 3_000 },
    )
  })

  it('no byte outside of the message counts', () => {
    fc.assert(
      fc.property(
        mutated,
        fc.uint8Array({ maxLength: 20 }),
        fc.uint8Array({ maxLength: 20 }),
        (bytes, before, after) => {
          const chunk = Uint8Array.from([...before, ...bytes, ...after])
          const end = before.length + bytes.length
          expect(outcome(() => binary.decode(chunk, before.length, end))).toBe(decodeAll(bytes))
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('what decodes can be sent again and then decodes to the same', () => {
    fc.assert(
      fc.property(mutated, (bytes) => {
        if (decodeAll(bytes) === 'refused') return
        const message = binary.decode(bytes, 0, bytes.length)
        const again = binary.encode(message)
        expect(binary.decode(again.bytes, again.start, again.end)).toEqual(message)
        expect(json.decode(json.encode(message))).toEqual(message)
      }),
      { numRuns: 2_000 },
    )
  })

  it('mutated texts decode or are refused', () => {
    const text = fc
      .tuple(fc.constantFrom(...messageVectors), fc.nat(), fc.nat(5), fc.string({ maxLength: 4 }))
      .map(([{ json: source }, place, drop, insert]) => {
        const whole = JSON.stringify(source)
        const at = place % whole.length
        return whole.slice(0, at) + insert + whole.slice(at + drop)
      })
    fc.assert(
      fc.property(fc.oneof(text, fc.string(), fc.json()), (candidate) => {
        outcome(() => json.decode(candidate))
      }),
      { numRuns: 2_000 },
    )
  })

  it('prototypes are the plain ones', () => {
    const bytes = fromHex('83 a161 80 a162 90 a163 c401ff')
    const { a, b, c } = values.decodeValue(bytes, 0, bytes.length) as Record<string, object>
    expect(Object.getPrototypeOf(a)).toBe(Object.prototype)
    expect(Object.getPrototypeOf(b)).toBe(Array.prototype)
    // Not Buffer.prototype, whatever the bytes came in.
    expect(Object.getPrototypeOf(c) === Uint8Array.prototype).toBe(true)
  })
})

describe('the guard inside the reader', () => {
  it('agrees with a guard that looks without decoding', () => {
    const guard = new Guard(publicLimits)
    const alone = mutated.map((bytes) => bytes.subarray(Math.min(3, bytes.length)))
    fc.assert(
      fc.property(fc.oneof(alone, fc.uint8Array({ maxLength: 60 })), (bytes) => {
        if (bytes.length === 0) return
        const fault = guard.scan(bytes, 0, bytes.length)
        const decoded = outcome(() => values.decodeValue(bytes, 0, bytes.length))
        // Of tags the guard says only that they are there.
        if (guard.tagged && fault === guardFault.none) return
        expect(decoded, describeFault(fault)).toBe(fault === guardFault.none ? 'decoded' : 'refused')
      }),
      { numRuns: 3_000 },
    )
  })
})
