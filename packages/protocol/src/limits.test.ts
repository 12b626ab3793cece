import { describe, expect, it } from 'vitest'
import { BinaryCodec } from './binary-codec.ts'
import { WirepactError } from './error.ts'
import { JsonCodec } from './json-codec.ts'
import { publicLimits, trustedLimits } from './limits.ts'
import { Kind, type Message } from './message.ts'
import { closeCode } from './status.ts'
import { ValueCodec } from './value-codec.ts'

// Each limit at its edge, in both forms: the last that passes and the first that does not.

const limits = { messageBytes: 1_000, depth: 3, items: 10, keyBytes: 4 }
const binary = new BinaryCodec(limits)
const json = new JsonCodec(limits)
const generous = new BinaryCodec(trustedLimits)
const generousJson = new JsonCodec(trustedLimits)

function decodeBinary(value: unknown): unknown {
  const bytes = new ValueCodec(trustedLimits).encodeValue(value)
  return new ValueCodec(limits).decodeValue(bytes, 0, bytes.length)
}

const decodeJson = (value: unknown) => json.decodeValue(generousJson.encodeValue(value))

const forms: [string, (value: unknown) => unknown][] = [
  ['binary', decodeBinary],
  ['JSON', decodeJson],
]

describe.each(forms)('decoding the %s form', (_, decode) => {
  const refused = expect.objectContaining({ closeCode: closeCode.malformedValue })

  it('allows as many items as the limit says', () => {
    const nine = Array.from({ length: 9 }, (_, index) => index)
    expect(decode(nine)).toEqual(nine)
    expect(() => decode([...nine, 9])).toThrow(refused)
  })

  it('counts the values of objects, not their keys', () => {
    const pair = { a: 1, b: 2 }
    expect(decode([pair, pair, pair])).toEqual([pair, pair, pair])
    expect(() => decode([pair, pair, pair, {}])).toThrow(refused)
  })

  it('allows containers as deep as the limit says', () => {
    expect(decode([[{ a: 1 }]])).toEqual([[{ a: 1 }]])
    expect(() => decode([[[[]]]])).toThrow(refused)
    expect(() => decode([[{ a: {} }]])).toThrow(refused)
  })

  it('counts a Map as three: the tag, its list, each entry', () => {
    expect(decode(new Map([[1, 2]]))).toEqual(new Map([[1, 2]]))
    expect(() => decode([new Map([[1, 2]])])).toThrow(refused)
  })

  it('does not count the tags of scalars as deep', () => {
    const value = [[[new Date(7), -0, undefined, new Uint8Array([1])]]]
    expect(decode(value)).toStrictEqual(value)
  })

  it('allows keys as long as the limit says', () => {
    expect(decode({ abcd: 1 })).toEqual({ abcd: 1 })
    expect(() => decode({ abcde: 1 })).toThrow(refused)
    expect(() => decode({ ['a'.repeat(40)]: 1 })).toThrow(refused)
    expect(decode({ éé: 1, '😀': 2 })).toEqual({ éé: 1, '😀': 2 })
    expect(() => decode({ ééé: 1 })).toThrow(refused)
    expect(() => decode({ '😀a': 1 })).toThrow(refused)
  })

  it('counts the map in a $ like any other', () => {
    const value = [{ $: 1 }, 0, 0, 0, 0, 0, 0]
    expect(decode(value)).toEqual(value)
    expect(() => decode([...value, 0])).toThrow(refused)
  })
})

describe('a message', () => {
  const tooLarge = expect.objectContaining({ closeCode: closeCode.messageTooLarge })

  it('may have as many bytes as the limit says', () => {
    const message = (size: number) => {
      const { bytes, start, end } = generous.encodeResult(1, 'a'.repeat(size))
      return binary.decode(bytes, start, end)
    }
    // The head of the string and the message take 5 bytes.
    expect(message(995)).toMatchObject({ kind: Kind.result })
    expect(() => message(996)).toThrow(tooLarge)
  })

  it('may have as many characters as the limit says', () => {
    const message = (size: number) => json.decode(`{"kind":"result","id":1}`.padEnd(size))
    expect(message(1_000)).toMatchObject({ kind: Kind.result })
    expect(() => message(1_001)).toThrow(tooLarge)
  })

  // Names of fields are keys, too.
  const longerKeys = { ...limits, keyBytes: 8 }
  const throughBinary = (message: Message) => {
    const { bytes, start, end } = generous.encode(message)
    return new BinaryCodec(longerKeys).decode(bytes, start, end)
  }
  const throughJson = (message: Message) => new JsonCodec(longerKeys).decode(generousJson.encode(message))

  it.each([
    ['binary', throughBinary],
    ['JSON', throughJson],
  ])('counts its values in the %s form, not what holds them', (_, pass) => {
    const malformed = expect.objectContaining({ closeCode: closeCode.malformedValue })
    const call = (count: number): Message => ({ kind: Kind.call, id: 1, method: 0, input: new Array(count).fill(0) })
    expect(pass(call(9))).toMatchObject(call(9))
    expect(() => pass(call(10))).toThrow(malformed)
    // Two of the fields are numbers, and its items are spent once for all of them.
    const subscribe = (topic: unknown): Message => ({ kind: Kind.subscribe, id: 1, event: 0, topic })
    expect(pass(subscribe(new Array(7).fill(0)))).toMatchObject({ id: 1 })
    expect(() => pass(subscribe(new Array(8).fill(0)))).toThrow(malformed)
    expect(pass(subscribe([[[]]]))).toMatchObject({ id: 1 })
    expect(() => pass(subscribe([[[[]]]]))).toThrow(malformed)
  })
})

describe('sending', () => {
  it('refuses what is deeper than the limit, and so what contains itself', () => {
    const cycle: Record<string, unknown> = {}
    cycle.a = cycle
    for (const codec of [new ValueCodec(limits), json]) {
      expect(codec.encodeValue([[[1]]])).toBeDefined()
      expect(() => codec.encodeValue([[[[]]]])).toThrow(WirepactError)
      expect(() => codec.encodeValue(cycle)).toThrow('cannot send a cycle, or anything nested so deep, at .a.a.a')
    }
    for (const codec of [binary, json]) {
      expect(() => codec.encode({ kind: Kind.subscribe, id: 1, event: 0, topic: [[[1]]] })).not.toThrow()
      expect(() => codec.encode({ kind: Kind.subscribe, id: 1, event: 0, topic: [[[[]]]] })).toThrow(WirepactError)
    }
  })
})

describe('the presets', () => {
  it('are those that PROTOCOL.md names', () => {
    expect(publicLimits).toEqual({ messageBytes: 2 ** 20, depth: 64, items: 16_384, keyBytes: 256 })
    expect(trustedLimits).toEqual({ messageBytes: 2 ** 24, depth: 128, items: 2 ** 20, keyBytes: 1_024 })
  })
})
