import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTrack } from './track.ts'

const reading = (seq: number) => ({ seq, at: new Date(seq * 1000), values: [seq] })
const trackOf = (...seqs: number[]) => {
  const track = createTrack()
  for (const seq of seqs) track.add(reading(seq), 'pushed')
  return track
}

describe('a track', () => {
  it('misses nothing when it is empty', () => {
    expect(createTrack().missing).toBe(0)
  })

  it('counts what lies between its first and its last and is not there', () => {
    const track = trackOf(5, 6, 9)
    expect(track.missing).toBe(2)
    track.add(reading(8), 'pushed')
    expect(track.missing).toBe(1)
    track.add(reading(7), 'history')
    expect(track.missing).toBe(0)
  })

  it('takes no reading twice', () => {
    const track = trackOf(1, 2)
    expect(track.add(reading(2), 'history')).toBe(false)
    expect(track.readings).toHaveLength(2)
  })

  it('tells how many of a stretch were pushed, and not fetched', () => {
    const track = trackOf(1, 2, 3, 6)
    track.add(reading(4), 'history')
    expect(track.pushedBetween(2, 6)).toBe(3)
    expect(track.pushedBetween(7, 9)).toBe(0)
  })

  it('finds the first reading at or after a moment', () => {
    const track = trackOf(1, 2, 3)
    expect(track.indexAt(0)).toBe(0)
    expect(track.indexAt(2000)).toBe(1)
    expect(track.indexAt(2001)).toBe(2)
    expect(track.indexAt(9000)).toBe(3)
  })

  it('forgets the oldest beyond its bound, which is not a hole', () => {
    const track = createTrack(100)
    for (let seq = 1; seq <= 1000; seq++) track.add(reading(seq), 'pushed')
    expect(track.readings.length).toBeGreaterThanOrEqual(100)
    expect(track.readings.length).toBeLessThan(125)
    expect(track.missing).toBe(0)
    expect(track.last?.seq).toBe(1000)
  })

  it('in whatever order readings come, holds each once, in order, and misses exactly the others', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (seqs) => {
        const track = trackOf(...seqs)
        const sorted = [...new Set(seqs)].sort((a, b) => a - b)
        const span = (sorted.at(-1) ?? 0) - (sorted[0] ?? 0) + 1
        expect(track.readings.map(({ seq }) => seq)).toEqual(sorted)
        expect(track.missing).toBe(span - sorted.length)
      }),
    )
  })
})
