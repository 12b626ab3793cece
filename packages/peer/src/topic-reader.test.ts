import { MemoryLog, type Position } from '@wirepact/eventlog'
import { describe, expect, it } from 'vitest'
import { TopicReader } from './topic-reader.ts'

const limits = { maxRecords: 16, maxBytes: 100_000 }

/** A topic with so many records, of which the log keeps some, and how it was read. */
function setup(records: number, kept = records) {
  const memory = new MemoryLog({ now: () => 0, epoch: 'new', recordsPerTopic: kept })
  for (let n = 0; n < records; n++) memory.append('t', new Uint8Array([n]))
  const state = { reads: 0, running: 0, most: 0, fails: false }
  const reader = new TopicReader(async (after) => {
    state.reads++
    state.most = Math.max(state.most, ++state.running)
    await Promise.resolve()
    state.running--
    if (state.fails) throw new Error('away')
    return memory.read('t', after, limits)
  })
  /** Reads from there to the head, as a subscriber does. */
  const catchUp = async (from: number, epoch = 'new') => {
    let after: Position = { epoch, offset: from }
    const got: (number | string)[] = []
    for (;;) {
      const { gap, head, position, records: read } = await reader.read(after)
      if (gap !== undefined) got.push(`${gap.reason} ${gap.from}-${gap.to}`)
      got.push(...read.map(({ offset }) => offset))
      after = position
      if (position.offset === head.offset) return got
    }
  }
  return { reader, state, catchUp }
}

const between = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + 1 + index)

describe('5,000 who come back to one topic at once', () => {
  it('each get all they missed, from one read at a time, and few of them', async () => {
    const { state, catchUp } = setup(100)
    const places = Array.from({ length: 5_000 }, (_, index) => 60 + ((index * 7) % 30))
    const all = await Promise.all(places.map((from) => catchUp(from)))
    all.forEach((got, index) => {
      expect(got).toEqual(between(places[index] as number, 100))
    })
    expect(state.most).toBe(1)
    expect(state.reads).toBeLessThan(40)
  })

  it('after a restart are told their own hole by one read', async () => {
    const { state, catchUp } = setup(100)
    const all = await Promise.all(between(0, 5_000).map((from) => catchUp(from, 'old')))
    all.forEach((got, index) => {
      expect(got).toEqual([`epoch ${index + 1}-100`])
    })
    expect([state.most, state.reads]).toEqual([1, 1])
  })

  it('too late for some of it are told from where to where', async () => {
    const { state, catchUp } = setup(100, 10)
    const places = Array.from({ length: 5_000 }, (_, index) => index % 95)
    const all = await Promise.all(places.map((from) => catchUp(from)))
    all.forEach((got, index) => {
      const from = places[index] as number
      expect(got).toEqual(from < 90 ? [`trimmed ${from}-90`, ...between(90, 100)] : between(from, 100))
    })
    expect(state.most).toBe(1)
    expect(state.reads).toBeLessThan(20)
  })
})

describe('whoever waits for a read', () => {
  it('far from all others is not overtaken for ever', async () => {
    const { state, catchUp } = setup(1_000)
    const far = catchUp(0).then(() => state.reads)
    const near = Array.from({ length: 500 }, () => catchUp(980))
    await Promise.all(near)
    expect(await far).toBeLessThan(1_000 / 16 + 10)
  })

  it('beyond the head is told so, by a read of its own', async () => {
    const { catchUp } = setup(10)
    expect(await Promise.all([catchUp(4), catchUp(40), catchUp(10)])).toEqual([between(4, 10), ['ahead 40-10'], []])
  })

  it('is told when the log fails, and may read again', async () => {
    const { reader, state, catchUp } = setup(10)
    state.fails = true
    const answers = await Promise.allSettled(between(0, 5).map((offset) => reader.read({ epoch: 'new', offset })))
    expect(answers.map(({ status }) => status)).toEqual(new Array(5).fill('rejected'))
    expect(state.reads).toBe(1)
    state.fails = false
    expect(await catchUp(7)).toEqual(between(7, 10))
  })
})
