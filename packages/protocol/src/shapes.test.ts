import { describe, expect, it } from 'vitest'
import { BinaryCodec, type Layouts } from './binary-codec.ts'
import { JsonCodec } from './json-codec.ts'
import { publicLimits, trustedLimits } from './limits.ts'
import { Kind, type Message } from './message.ts'
import { generatingShaper } from './node/shapers.ts'
import { composingShaper } from './shape/composing.ts'
import type { Laid } from './shape/laid.ts'
import { fromHex, shapeVectors, toHex } from './testing/vectors.ts'
import { ProtocolViolation } from './violation.ts'

const binary = new BinaryCodec({ ...publicLimits, items: 100, depth: 8 })
const json = new JsonCodec(publicLimits)
const shapers = { 'generated code': generatingShaper, closures: composingShaper }

function layoutsOf(laid: Laid): Layouts {
  return { input: () => laid, output: () => laid, payload: () => laid }
}

function decodeHex(hex: string, layouts?: Layouts): Message {
  const bytes = fromHex(hex)
  return binary.decode(bytes, 0, bytes.length, false, layouts)
}

function hexOf(value: unknown, laid: Laid, mustFit: boolean): string | undefined {
  const encoded = binary.encodeResult(1, value, undefined, laid, mustFit)
  return encoded && toHex(encoded.bytes.slice(encoded.start, encoded.end))
}

describe.each(Object.entries(shapers))('values laid out by shape, by %s', (_name, shaper) => {
  it.each(shapeVectors.accepted)('$name', ({ shape, hex, json: text }) => {
    const value = json.decodeValue(JSON.stringify(text))
    const laid = shaper(shape)
    expect(hexOf(value, laid, true)).toBe(hex)
    expect(decodeHex(hex, layoutsOf(laid))).toStrictEqual({ kind: Kind.result, id: 1, output: value })
  })

  it.each(shapeVectors.refused)('$close: $name', ({ shape, hex, close }) => {
    expect(() => decodeHex(hex, layoutsOf(shaper(shape)))).toThrow(expect.objectContaining({ closeCode: close }))
  })

  it('nest no deeper than the limit', () => {
    const deep = `${'array('.repeat(9)}int${')'.repeat(9)}`
    const bytes = `8301${'01'.repeat(9)}05`
    expect(() => decodeHex(bytes, layoutsOf(shaper(deep)))).toThrow(ProtocolViolation)
    expect(hexOf([[[[[[[[[5]]]]]]]]], shaper(deep), true)).toBeUndefined()
  })

  it('are no more than 256 that take no bytes: a few bytes are not a million objects', () => {
    const codec = new BinaryCodec(trustedLimits)
    const laid = shaper('array({"a":literal("x"),"b":{}})')
    const layouts = layoutsOf(laid)
    const some = Array.from({ length: 256 }, () => ({ a: 'x', b: {} }))
    expect(hexOf(some, laid, true)).toBe('83018002')
    expect(codec.decode(fromHex('83018002'), 0, 4, false, layouts)).toMatchObject({ output: some })
    expect(hexOf([...some, some[0]], laid, true)).toBeUndefined()
    const malformed = expect.objectContaining({ closeCode: 4422 })
    expect(() => codec.decode(fromHex('83018102'), 0, 4, false, layouts)).toThrow(malformed)
    expect(() => codec.decode(fromHex('8301ffff3f'), 0, 5, false, layouts)).toThrow(malformed)
  })

  it.each([
    ['another type', '{"a":int}', { a: 'x' }],
    ['a field that is missing', '{"a":int}', {}],
    ['a field that is there and undefined', '{"a"?:int}', { a: undefined }],
    [
      'a class instance',
      '{"a":int}',
      new (class Point {
        a = 1
      })(),
    ],
    ['a number that is not finite', 'number', Number.NaN],
    ['an invalid date', 'date', new Date(Number.NaN)],
    ['no option', 'union(int,boolean)', 'x'],
    ['what cannot travel at all', '{"a":unknown}', { a: () => 1 }],
  ])('do not fit: %s', (_what, shape, value) => {
    expect(hexOf(value, shaper(shape), true)).toBeUndefined()
  })

  it('travel as plain values where they do not fit, as if nothing had been tried', () => {
    const laid = shaper('{"a":array(string),"b":int}')
    const value = { a: ['x'.repeat(2_000)], b: 1.5 }
    const { bytes, start, end } = binary.encodeResult(1, value) as { bytes: Uint8Array; start: number; end: number }
    expect(hexOf(value, laid, false)).toBe(toHex(bytes.slice(start, end)))
  })

  it('leave out what the shape does not name', () => {
    expect(hexOf({ value: 2, secret: 'x' }, shaper('{"value":int}'), true)).toBe('830102')
  })

  it('take 4 bytes for the counter call and 3 for its reply', () => {
    const call = binary.encodeCall(1, 0, { by: 1 }, undefined, undefined, undefined, shaper('{"by":int}'))
    expect(call.end - call.start).toBe(4)
    expect(hexOf({ value: 2 }, shaper('{"value":int}'), true)).toHaveLength(2 * 3)
  })

  it('may be sent by a getter of themselves', () => {
    const laid = shaper('{"a":string,"b":int}')
    const value = {
      a: 'outer',
      get b() {
        hexOf({ a: 'inner', b: 2 }, laid, true)
        return 1
      },
    }
    expect(hexOf(value, laid, true)).toBe('8301a56f7574657201')
  })
})

describe('a message whose value is laid out by shape', () => {
  it('is no message where that was not agreed on', () => {
    expect(() => decodeHex('830102')).toThrow(expect.objectContaining({ closeCode: 4400 }))
  })

  it.each(['84', '8d', '86', 'a9'])('cannot be of the kind and flags %s', (first) => {
    expect(() => decodeHex(`${first}010102`, layoutsOf(generatingShaper('int')))).toThrow(ProtocolViolation)
  })
})
