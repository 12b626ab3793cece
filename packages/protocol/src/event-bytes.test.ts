import { describe, expect, it } from 'vitest'
import { BinaryCodec } from './binary-codec.ts'
import { JsonCodec } from './json-codec.ts'
import { publicLimits } from './limits.ts'
import { Kind, type Message } from './message.ts'
import { toHex } from './testing/vectors.ts'

const binary = new BinaryCodec(publicLimits)
const json = new JsonCodec(publicLimits)

function hexOf({ bytes, start, end }: { bytes: Uint8Array; start: number; end: number }): string {
  return toHex(bytes.subarray(start, end))
}

describe('a payload that was encoded before', () => {
  it.each([{ value: 21.5 }, undefined, null, 'x'.repeat(2_000)])('makes the same event as its value: %j', (payload) => {
    const event = { kind: Kind.event, alias: 300, offset: 5, payload } as const
    expect(hexOf(binary.eventFromBytes(300, 5, binary.encodeValue(payload)))).toBe(hexOf(binary.encode(event)))
    expect(json.eventFromText(300, 5, json.encodeValue(payload))).toBe(json.encode(event))
  })

  it('belongs to whoever asked for it', () => {
    const payload = binary.encodeValue({ a: 1 })
    binary.encodeResult(1, 'something else')
    expect(binary.decodeValue(payload, 0, payload.length)).toEqual({ a: 1 })
    expect(payload.buffer.byteLength).toBe(payload.length)
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
