import { expect, test } from 'vitest'
import { Endpoint } from './testing/harness.ts'
import { concat, frame } from './testing/wire.ts'

const limits = { messageBytes: 20, frameBytes: 20, firstMessageBytes: 10 }
const end = (...frames: Uint8Array[]) => new Endpoint('client', { limits }).receive(...frames)
const state = ({ connection }: Endpoint) => connection.state
const ping = frame(9, new Uint8Array(3))

test('the first message may have its own limit, one byte more is refused, also in fragments and after a ping', () => {
  expect(state(end(ping, frame(2, new Uint8Array(10))))).toBe('open')
  expect(state(end(ping, frame(2, new Uint8Array(11))))).toBe('ending')
  const half = frame(2, new Uint8Array(5), { fin: false })
  expect(state(end(half, ping, frame(0, new Uint8Array(5))))).toBe('open')
  expect(state(end(half, ping, frame(0, new Uint8Array(6))))).toBe('ending')
})

test('messages after it have the limit of all, whole, in fragments and in chunks of a byte', () => {
  const first = frame(2, new Uint8Array(1))
  const fragments = [frame(2, new Uint8Array(5), { fin: false }), frame(0, new Uint8Array(15))]
  const both = end(first, frame(2, new Uint8Array(20)), ...fragments)
  expect([state(both), both.log.length]).toEqual(['open', 3])
  const bytes = Array.from(concat(first, ...fragments), (byte) => Uint8Array.of(byte))
  const slow = end(...bytes)
  expect([state(slow), slow.log.length]).toEqual(['open', 2])
  expect(state(end(first, frame(2, new Uint8Array(21))))).toBe('ending')
})

test('it is never above the limit of all', () => {
  const odd = { limits: { ...limits, firstMessageBytes: 100 } }
  expect(state(new Endpoint('client', odd).receive(frame(2, new Uint8Array(21))))).toBe('ending')
})
