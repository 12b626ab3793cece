import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { BinaryCodec } from './binary-codec.ts'
import { WirepactError } from './error.ts'
import { JsonCodec } from './json-codec.ts'
import { publicLimits } from './limits.ts'
import { Kind } from './message.ts'
import { ValueCodec } from './value-codec.ts'

class Account {
  id = 1
}

const codecs = [new ValueCodec(publicLimits), new JsonCodec(publicLimits)] as const
const [values, json] = codecs
const binary = new BinaryCodec(publicLimits)

describe('sending a value that cannot travel throws invalid-input and says where it is', () => {
  const cases: [string, unknown, string][] = [
    ['an instance of a class', { list: [new Account()] }, 'cannot send a Account at .list[0]'],
    ['a function', { f() {} }, 'cannot send a function at .f'],
    ['a symbol', [Symbol('x')], 'cannot send a symbol at [0]'],
    ['an Error', new Error('x'), 'cannot send a Error'],
    ['a RegExp', { a: { b: /x/ } }, 'cannot send a RegExp at .a.b'],
    ['a Promise', Promise.resolve(), 'cannot send a Promise'],
    ['an ArrayBuffer', { b: new ArrayBuffer(1) }, 'cannot send a ArrayBuffer at .b'],
    ['a DataView', new DataView(new ArrayBuffer(1)), 'cannot send a DataView'],
    ['an instance inside a Map', new Map([['k', new Account()]]), 'cannot send a Account at [0][1]'],
    ['an instance inside a Set', new Set([1, new Account()]), 'cannot send a Account at [1]'],
    ['the key __proto__', JSON.parse('{"a":{"__proto__":1}}'), 'cannot send the key __proto__ at .a'],
    ['the key constructor', { constructor: 1 }, 'cannot send the key constructor'],
    ['a bigint of 5,000 digits', { n: 10n ** 4_999n }, 'cannot send a bigint of so many digits at .n'],
  ]

  it.each(cases)('%s', (_, value, sentence) => {
    for (const codec of codecs) {
      expect(() => codec.encodeValue(value)).toThrow(
        expect.objectContaining({ name: 'WirepactError', code: 'invalid-input', message: sentence }),
      )
    }
  })

  it('and the codec works as before afterwards', () => {
    expect(() => binary.encodeResult(1, { f() {} })).toThrow()
    const { bytes, start, end } = binary.encodeResult(1, { a: 1 })
    expect(binary.decode(bytes, start, end)).toEqual({ kind: Kind.result, id: 1, output: { a: 1 } })
  })
})

describe('sending', () => {
  it('takes objects without a prototype and of another realm for plain ones', () => {
    const bare = Object.assign(Object.create(null), { a: 1 })
    const foreign = runInNewContext('({ a: [1, { b: 2 }] })')
    for (const codec of codecs) {
      expect(codec.encodeValue(bare)).toEqual(codec.encodeValue({ a: 1 }))
      expect(codec.encodeValue(foreign)).toEqual(codec.encodeValue({ a: [1, { b: 2 }] }))
    }
  })

  it('leaves out symbols as keys, and takes holes of arrays for undefined', () => {
    // biome-ignore lint/suspicious/noSparseArray: the hole is what this is about
    const value = [{ [Symbol('s')]: 1, a: 1 }, , 2]
    for (const codec of codecs) expect(codec.encodeValue(value)).toEqual(codec.encodeValue([{ a: 1 }, undefined, 2]))
  })

  it('makes U+FFFD of lone surrogates, in keys too, however long the string is', () => {
    for (const pad of ['', 'é'.repeat(100)]) {
      const bytes = values.encodeValue({ [`a\udc00${pad}`]: `\ud800${pad}` })
      const expected = { [`a\ufffd${pad}`]: `\ufffd${pad}` }
      expect(values.decodeValue(bytes, 0, bytes.length)).toEqual(expected)
      expect(json.decodeValue(json.encodeValue({ [`a\udc00${pad}`]: `\ud800${pad}` }))).toEqual(expected)
    }
  })

  it('does not change the value', () => {
    const value = Object.freeze({ m: new Map([[1, Object.freeze([2n ** 70n])]]), $: 1 })
    for (const codec of codecs) expect(() => codec.encodeValue(value)).not.toThrow()
  })

  it('writes a message that a getter sends in between without mixing the two', () => {
    const inner: unknown[] = []
    const value = {
      get a() {
        const { bytes, start, end } = binary.encodeResult(2, 'inner')
        inner.push(binary.decode(bytes, start, end))
        return 'outer'
      },
    }
    const { bytes, start, end } = binary.encodeResult(1, value)
    expect(binary.decode(bytes, start, end)).toEqual({ kind: Kind.result, id: 1, output: { a: 'outer' } })
    expect(inner).toEqual([{ kind: Kind.result, id: 2, output: 'inner' }])
  })

  it('needs the number of a method in the binary form, and takes its name in the JSON form', () => {
    const call = { kind: Kind.call, id: 1, method: 'a.b' } as const
    expect(() => binary.encode(call)).toThrow(TypeError)
    expect(json.encode(call)).toBe('{"kind":"call","id":1,"method":"a.b"}')
  })

  it('refuses an idempotency key of more than 128 bytes', () => {
    const call = { kind: Kind.call, id: 1, method: 0 } as const
    for (const codec of [binary, json]) {
      expect(() => codec.encode({ ...call, key: 'é'.repeat(64) })).not.toThrow()
      expect(() => codec.encode({ ...call, key: 'é'.repeat(65) })).toThrow(WirepactError)
      expect(() => codec.encode({ ...call, key: 'k'.repeat(128) })).not.toThrow()
      expect(() => codec.encode({ ...call, key: 'k'.repeat(129) })).toThrow(WirepactError)
    }
  })
})

describe('what was decoded', () => {
  it('stays as it is when the received bytes are used again', () => {
    const data = { b: new Uint8Array([1, 2, 3]), big: new Uint8Array(100).fill(7), s: 'x'.repeat(100) }
    const bytes = values.encodeValue(data)
    const decoded = values.decodeValue(bytes, 0, bytes.length)
    bytes.fill(0xff)
    expect(decoded).toEqual(data)
  })
})

describe('large values', () => {
  it('of every header size come back equal', () => {
    const value = {
      text: 'é'.repeat(40_000),
      ascii: 'a'.repeat(70_000),
      bytes: new Uint8Array(70_000).fill(1),
      list: Array.from({ length: 1_000 }, (_, index) => ({ index, name: `item ${index}` })),
      record: Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key${index}`, index])),
    }
    const bytes = values.encodeValue(value)
    expect(values.decodeValue(bytes, 0, bytes.length)).toEqual(value)
    expect(json.decodeValue(json.encodeValue(value))).toEqual(value)
  })
})
