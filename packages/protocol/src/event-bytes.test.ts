import { describe, expect, it } from 'vitest'
import { BinaryCodec } from './binary-codec.ts'
import type { Encoded } from './encoded.ts'
import { JsonCodec } from './json-codec.ts'
import { publicLimits } from './limits.ts'
import { Kind, type Message } from './message.ts'
import { composingShaper } from './shape/composing.ts'
import { toHex } from './testing/vectors.ts'
import { ValueCodec } from './value-codec.ts'
import { ProtocolViolation } from './violation.ts'

const binary = new BinaryCodec(publicLimits)
const values = new ValueCodec(publicLimits)
const json = new JsonCodec(publicLimits)

function hexOf({ bytes, start, end }: { bytes: Uint8Array; start: number; end: number }): string {
  return toHex(bytes.subarray(start, end))
}

describe('a payload that was encoded before', () => {
  it.each([{ value: 21.5 }, undefined, null, 'x'.repeat(2_000)])('makes the same event as its value: %j', (payload) => {
    const event = { kind: Kind.event, alias: 300, offset: 5, payload } as const
    expect(hexOf(values.eventFromBytes(300, 5, values.encodeValue(payload)))).toBe(hexOf(binary.encode(event)))
    expect(json.eventFromText(300, 5, json.encodeValue(payload))).toBe(json.encode(event))
  })

  it('belongs to whoever asked for it', () => {
    const payload = values.encodeValue({ a: 1 })
    binary.encodeResult(1, 'something else')
    expect(values.decodeValue(payload, 0, payload.length)).toEqual({ a: 1 })
    expect(payload.buffer.byteLength).toBe(payload.length)
  })
})

describe('a payload that was laid out by shape before', () => {
  const laid = composingShaper('{"id":int,"kind":string}')
  const payload = { kind: 'x', id: 5 }
  const kept = () => {
    const { bytes, start, end } = values.layOutValue(payload, laid) as Encoded
    return bytes.slice(start, end)
  }

  it('makes the same event as its value', () => {
    const event = { kind: Kind.event, alias: 300, offset: 5, payload } as const
    expect(hexOf(values.eventFromBytes(300, 5, kept(), true))).toBe(hexOf(binary.encode(event, undefined, laid)))
  })

  it('is read by its layout only, and never taken for a plain value', () => {
    const bytes = kept()
    expect(values.decodeValue(bytes, 0, bytes.length, laid)).toEqual(payload)
    expect(() => values.decodeValue(bytes, 0, bytes.length)).toThrow(ProtocolViolation)
    expect(() => values.eventFromBytes(1, 1, bytes)).toThrow(TypeError)
    expect(() => values.eventFromBytes(1, 1, values.encodeValue(payload), true)).toThrow(TypeError)
  })

  it('is not made of a value that does not fit', () => {
    expect(values.layOutValue({ kind: 'x' }, laid)).toBeUndefined()
  })
})

describe('the ways around a message object', () => {
  const same: [string, Message, () => { bytes: Uint8Array; start: number; end: number }, () => string][] = [
    [
      'encodeCall',
      { kind: Kind.call, id: 9, method: 3, timeoutMs: 50, key: 'k', input: [1] },
      () => binary.encodeCall(9, 3, [1], 50, 'k'),
      () => json.encodeCall(9, 3, [1], 50, 'k'),
    ],
    [
      'encodeResult',
      { kind: Kind.result, id: 9, output: [1] },
      () => binary.encodeResult(9, [1]),
      () => json.encodeResult(9, [1]),
    ],
  ]

  it.each(same)('%s writes what encode writes', (_, message, viaBinary, viaJson) => {
    const expected = hexOf(binary.encode(message))
    expect(hexOf(viaBinary())).toBe(expected)
    expect(viaJson()).toBe(json.encode(message))
  })
})
