import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { publicLimits } from './limits.ts'
import { Run } from './run.ts'
import { composingShaper } from './shape/composing.ts'
import { toHex } from './testing/vectors.ts'
import { laidMark, ValueCodec } from './value-codec.ts'

const values = new ValueCodec(publicLimits)
const laid = composingShaper('{"text":string}')

const hexOf = ({ bytes, start, end }: { bytes: Uint8Array; start: number; end: number }) =>
  toHex(bytes.subarray(start, end))

describe('a run', () => {
  it('holds the messages that events would be one by one, each behind a gap', () => {
    const run = new Run()
    const number = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 40 }))
    const payload = fc.oneof(fc.string({ maxLength: 10 }), fc.string({ minLength: 60, maxLength: 3_000 }))
    const events = fc.array(fc.tuple(fc.boolean(), fc.nat(300), number, payload), { maxLength: 30 })
    const property = fc.property(events, (given) => {
      run.clear()
      const expected: string[] = []
      const payloads: string[] = []
      for (const [isLaid, alias, offset, text] of given) {
        const encoded = isLaid ? values.layOutValue({ text }, laid) : undefined
        const data = encoded?.bytes.slice(encoded.start, encoded.end) ?? values.encodeValue({ text })
        expected.push(hexOf(values.eventFromBytes(alias, offset, data, isLaid)))
        payloads.push(toHex(isLaid ? data.subarray(1) : data))
        expect(data[0] === laidMark).toBe(isLaid)
        run.addEvent(isLaid, alias, offset, data, isLaid ? 1 : 0, data.length)
      }
      expect(run.count).toBe(given.length)
      expect(given.map((_, nth) => hexOf(run.message(nth)))).toEqual(expected)
      expect(given.map((_, nth) => toHex(run.payload(nth)))).toEqual(payloads)
      expect(run.largest).toBe(Math.max(0, ...expected.map((hex) => hex.length / 2)))
      const ends = [0, ...run.ends.slice(0, run.count)]
      expect(run.starts.slice(0, run.count)).toEqual(ends.slice(0, -1).map((end) => end + run.gap))
    })
    fc.assert(property)
  })

  it('holds the same where payloads were laid out in its own room', () => {
    const run = new Run()
    const number = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 2 ** 52 }))
    const text = fc.oneof(fc.string({ maxLength: 10 }), fc.string({ minLength: 30, maxLength: 1_500 }))
    // What comes may be another than what the room was asked for.
    const events = fc.array(fc.tuple(fc.nat(300), number, fc.option(number), text), { maxLength: 30 })
    const property = fc.property(events, (given) => {
      run.clear()
      const expected: string[] = []
      for (const [alias, offset, asked, each] of given) {
        const { bytes, start, end } = values.layOutValue({ text: each }, laid) ?? never()
        const data = bytes.slice(start, end)
        expected.push(hexOf(values.eventFromBytes(alias, offset, data, true)))
        const there = values.layOutValue({ text: each }, laid, run.room(alias, asked ?? offset)) ?? never()
        run.addEvent(true, alias, offset, there.bytes, there.start + 1, there.end)
      }
      expect(given.map((_, nth) => hexOf(run.message(nth)))).toEqual(expected)
    })
    fc.assert(property)
  })

  it('that is cleared while somebody writes into its room is not disturbed by that', () => {
    const run = new Run()
    const getter = {
      get text() {
        expect(run.busy).toBe(true)
        run.clear()
        run.addEvent(false, 1, 1, Uint8Array.of(9, 9, 9), 0, 3)
        return 'abc'
      },
    }
    const { bytes, start, end } = values.layOutValue(getter, laid, run.room(1, 1)) ?? never()
    expect(run.busy).toBe(false)
    expect(toHex(bytes.subarray(start, end))).toBe('c1a3616263')
    run.addEvent(true, 1, 2, bytes, start + 1, end)
    expect([hexOf(run.message(0)), hexOf(run.message(1))]).toEqual(['090101090909', '890102a3616263'])
  })

  it('takes messages that are ready as they are', () => {
    const run = new Run()
    run.add({ bytes: Uint8Array.of(9, 1, 2, 9), start: 1, end: 3 })
    run.add({ bytes: new Uint8Array(5_000).fill(7), start: 0, end: 5_000 })
    expect([hexOf(run.message(0)), hexOf(run.message(1)).length]).toEqual(['0102', 10_000])
  })
})

function never(): never {
  throw new Error('it fits')
}
