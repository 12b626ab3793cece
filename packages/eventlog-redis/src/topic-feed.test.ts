import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Announced, Reading, Standing } from './replies.ts'
import { type FeedSource, TopicFeed } from './topic-feed.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))
/** For all the reads of a long repair. */
const quiet = async () => {
  for (let turns = 0; turns < 60; turns++) await settled()
}

/** An engine with one topic, which a test moves; announcements go astray as it likes. */
class FakeEngine implements FeedSource {
  epoch = 'e1'
  records: number[] = []
  base = 0
  away = false
  reads = 0
  reports: string[] = []
  incarnation = 1
  chain = ''

  get standingNow(): Standing {
    const { epoch, incarnation, chain } = this
    return { epoch, offset: this.base + this.records.length, incarnation, chain }
  }

  append(n: number): Announced {
    this.records.push(n)
    const { epoch, offset, incarnation } = this.standingNow
    return { epoch, offset, incarnation, data: Uint8Array.of(n & 255, n >> 8) }
  }

  wipe(): void {
    this.epoch = `e${Number(this.epoch.slice(1)) + 1}`
    this.records = []
    this.base = 0
  }

  trim(count: number): void {
    const gone = Math.min(count, this.records.length)
    this.records.splice(0, gone)
    this.base += gone
  }

  async subscribe(): Promise<void> {}

  async standing(): Promise<Standing> {
    return this.standingNow
  }

  async read({ epoch, offset }: { epoch: string; offset: number }): Promise<Reading> {
    this.reads++
    const answer = this.answer(epoch, offset)
    // It was true when it was given.
    await settled()
    if (this.away) throw new Error('away')
    return answer
  }

  answer(epoch: string, offset: number): Reading {
    const head = this.standingNow
    if (epoch !== head.epoch) return { head, gap: { reason: 'epoch', from: offset, to: head.offset }, records: [] }
    const from = Math.max(offset, this.base)
    const part = this.records.slice(from - this.base, from - this.base + 3)
    const records = part.map((n, i) => ({ offset: from + 1 + i, data: Uint8Array.of(n & 255, n >> 8) }))
    const gap = offset < this.base ? ({ reason: 'trimmed', from: offset, to: this.base } as const) : undefined
    return { head, gap, records }
  }

  async renew(epoch: string): Promise<void> {
    if (epoch !== this.epoch) return
    this.epoch = `e${Number(epoch.slice(1)) + 1}`
    this.base += this.records.length
    this.records = []
  }

  report({ what }: { what: string }): void {
    this.reports.push(what)
  }
}

async function setUp() {
  const engine = new FakeEngine()
  const feed = new TopicFeed(engine, () => {})
  await feed.opened
  const told: string[] = []
  feed.watch({
    record: ({ data }) => told.push(String((data[0] ?? 0) | ((data[1] ?? 0) << 8))),
    gap: ({ reason }) => told.push(reason),
  })
  return { engine, feed, told }
}

describe('a watched topic', () => {
  it('delivers what is next, ignores what it had, and reads what was missed, once', async () => {
    const { engine, feed, told } = await setUp()
    const [one, two, three, four] = [1, 2, 3, 4].map((n) => engine.append(n)) as [
      Announced,
      Announced,
      Announced,
      Announced,
    ]
    feed.announced(one)
    feed.announced(one)
    expect([told, engine.reads]).toEqual([['1'], 0])
    feed.announced(three)
    feed.announced(four)
    feed.announced(two)
    await quiet()
    expect([told, engine.reads]).toEqual([['1', '2', '3', '4'], 1])
  })

  it('what is announced while it reads is read, too', async () => {
    const { engine, feed, told } = await setUp()
    engine.append(1)
    feed.announced(engine.append(2))
    expect(engine.reads).toBe(1)
    feed.announced(engine.append(3))
    await quiet()
    expect([told, engine.reads]).toEqual([['1', '2', '3'], 2])
  })

  it('whose engine is away loses nothing: what is missing is found when it is back', async () => {
    const { engine, feed, told } = await setUp()
    engine.away = true
    for (let n = 1; n <= 5; n++)
      if (n % 2 === 0) feed.announced(engine.append(n))
      else engine.append(n)
    await quiet()
    expect(told).toEqual([])
    engine.away = false
    feed.compare(engine.standingNow, feed.offset, false)
    await quiet()
    expect(told).toEqual(['1', '2', '3', '4', '5'])
  })

  it('a durable engine that came back with less than was seen begins a new epoch, and says so', async () => {
    const { engine, feed, told } = await setUp()
    for (let n = 1; n <= 5; n++) feed.announced(engine.append(n))
    engine.records.length = 3
    engine.incarnation = 2
    engine.chain = ',2:3'
    for (let n = 11; n <= 15; n++) feed.announced(engine.append(n))
    await quiet()
    expect(told).toEqual(['1', '2', '3', '4', '5', 'epoch'])
    expect([engine.epoch, engine.reports]).toEqual(['e2', ['engine-config']])
    feed.announced(engine.append(16))
    expect(told.at(-1)).toBe('16')
  })

  it('one that came back with all goes on', async () => {
    const { engine, feed, told } = await setUp()
    feed.announced(engine.append(1))
    engine.incarnation = 2
    engine.chain = ',2:1'
    feed.announced(engine.append(2))
    await quiet()
    feed.announced(engine.append(3))
    expect([told, engine.epoch]).toEqual([['1', '2', '3'], 'e1'])
  })

  it('a listener that throws is reported, and the others hear it', async () => {
    const { engine, feed, told } = await setUp()
    feed.watch({
      record() {
        throw new Error('a bug')
      },
      gap: () => {},
    })
    const watch = feed.watch({ record: () => told.push('last'), gap: () => {} })
    feed.announced(engine.append(1))
    expect([told, engine.reports]).toEqual([['1', 'last'], ['listener-threw']])
    watch.close()
    expect(feed.watchers).toBe(2)
  })

  it('tells every record or a gap, in order, whatever is announced, lost, trimmed or wiped', async () => {
    const act = fc.constantFrom(
      'append',
      'append',
      'append',
      'lose',
      'trim',
      'wipe',
      'compare',
      'wait',
      'repeat',
      'away',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(act, { maxLength: 60 }), async (acts) => {
        const { engine, feed, told } = await setUp()
        let n = 0
        let last: Announced | undefined
        const losses: number[] = []
        for (const each of acts) {
          if (each === 'append') {
            last = engine.append(++n)
            feed.announced(last)
          }
          if (each === 'lose') engine.append(++n)
          if (each === 'trim' || each === 'wipe') losses.push(n)
          if (each === 'trim') engine.trim(2)
          if (each === 'wipe') engine.wipe()
          if (each === 'compare') feed.compare(engine.standingNow, feed.offset, false)
          if (each === 'repeat' && last !== undefined) feed.announced(last)
          if (each === 'away') engine.away = !engine.away
          if (each === 'wait') await settled()
        }
        engine.away = false
        await quiet()
        feed.compare(engine.standingNow, feed.offset, false)
        await quiet()
        await quiet()
        // Numbers only grow, by one unless a gap was told in between.
        let before = 0
        let gap = false
        for (const each of told) {
          const value = Number(each)
          if (Number.isNaN(value)) gap = true
          else {
            expect(value).toBeGreaterThan(before)
            if (!gap) expect(value).toBe(before + 1)
            before = value
            gap = false
          }
        }
        if (!gap && losses.length === 0) expect(before).toBe(n)
        if (!gap && n > 0 && !losses.includes(n)) expect(before).toBe(n)
      }),
      { numRuns: 300 },
    )
  })
})
