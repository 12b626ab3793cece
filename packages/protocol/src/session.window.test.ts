import { describe, expect, it } from 'vitest'
import { Kind } from './message.ts'
import { kindsOn, SessionEnd, Wire } from './testing/session-end.ts'
import { flow, type Pair, pair } from './testing/session-pair.ts'

describe('acknowledging', () => {
  it('happens once per quarter of the window in messages', () => {
    const both = pair({ window: { bytes: 1_000_000, messages: 40 } })
    // A few at a time, as an unhurried sender does: half a window at once would ask for an ack.
    const acks: unknown[] = []
    for (let index = 0; index < 30; index++) {
      both.a.session.notify(1, index)
      for (const bytes of both.toB.waiting.splice(0)) both.b.take(bytes)
      for (const bytes of both.toA.waiting.splice(0)) {
        acks.push(both.a.decoded(bytes))
        both.a.take(bytes)
      }
    }
    expect(acks).toEqual([10, 20, 30].map((count) => ({ kind: Kind.ack, count })))
  })

  it('happens once per quarter of the window in bytes', () => {
    const both = pair({ window: { bytes: 4_000, messages: 1_000 } })
    const acks: unknown[] = []
    for (let index = 0; index < 4; index++) {
      both.a.session.notify(1, 'x'.repeat(600))
      for (const bytes of both.toB.waiting.splice(0)) both.b.take(bytes)
      for (const bytes of both.toA.waiting.splice(0)) {
        acks.push(both.a.decoded(bytes))
        both.a.take(bytes)
      }
    }
    expect(acks).toEqual([
      { kind: Kind.ack, count: 2 },
      { kind: Kind.ack, count: 4 },
    ])
  })

  it.each([
    [-1, 'below an earlier one'],
    [1, 'above what was sent'],
  ])('with a count off by %i (%s) is a violation', (by) => {
    const both = pair({ window: { bytes: 1_000_000, messages: 4 } })
    for (let index = 0; index < 3; index++) both.a.session.notify(1, index)
    flow(both)
    both.a.take(both.a.encoded({ kind: Kind.ack, count: 3 + by }))
    expect([both.toB.closedWith, both.a.violations]).toEqual([4400, [4400]])
  })

  it('frees what was kept', () => {
    const both = pair({ window: { bytes: 1_000_000, messages: 4 } })
    both.a.session.notify(1, 'x')
    expect(both.a.session.heldBytes).toBeGreaterThan(0)
    flow(both)
    expect(both.a.session.heldBytes).toBe(0)
  })
})

describe('a full window', () => {
  it('holds back what comes after it, and lets it go when it opens', () => {
    const both = pair({ window: { bytes: 1_000_000, messages: 3 } })
    for (let index = 0; index < 6; index++) both.a.session.notify(1, index)
    expect(kindsOn(both.toB, both.b)).toEqual(['notify', 'notify', 'ping', 'notify'])
    flow(both)
    expect(both.b.heard.map(([, , input]) => input)).toEqual([0, 1, 2, 3, 4, 5])
  })

  it('says when there is room again', () => {
    const both = pair({ window: { bytes: 1_000_000, messages: 3 } })
    for (let index = 0; index < 3; index++) both.a.session.notify(1, index)
    expect([both.a.session.congested, both.a.writables]).toEqual([true, 0])
    flow(both)
    expect([both.a.session.congested, both.a.writables]).toEqual([false, 1])
  })

  it('asks for an ack, because the other side may count by a wider window', () => {
    const time = { now: 0 }
    const a = new SessionEnd({ window: { bytes: 1_000_000, messages: 3 }, time })
    const b = new SessionEnd({ window: { bytes: 1_000_000, messages: 1_000 }, time })
    const both: Pair = { a, b, time, toA: new Wire(), toB: new Wire() }
    a.session.attach(both.toB)
    b.session.attach(both.toA)
    for (let index = 0; index < 6; index++) a.session.notify(1, index)
    flow(both)
    expect(b.heard).toHaveLength(6)
    // One question per full window, not one per message.
    expect(b.controls.filter(({ kind }) => kind === Kind.ping)).toHaveLength(2)
  })

  it('ends the session of a peer that lets as much again wait behind it', () => {
    const both = pair({ window: { bytes: 1_000_000, messages: 3 } })
    for (let index = 0; index < 7; index++) both.a.session.notify(1, index)
    // A large burst is no reason, as long as the other side might still be reading.
    expect([both.toB.closedWith, both.a.overflows]).toEqual([undefined, 0])
    both.time.now += 10_000
    both.a.session.notify(1, 7)
    expect([both.toB.closedWith, both.a.overflows]).toEqual([4460, 1])
  })

  it('ends the session of a peer for whom sixteen windows wait, however fast they came', () => {
    const both = pair({ window: { bytes: 1_000_000, messages: 3 } })
    for (let index = 0; index < 49; index++) both.a.session.notify(1, index)
    expect([both.toB.closedWith, both.a.overflows]).toEqual([4460, 1])
  })

  it('ends a session that nobody carries as soon as it is overfull', () => {
    const both = pair({ window: { bytes: 1_000_000, messages: 3 } })
    both.a.session.detach()
    for (let index = 0; index < 3; index++) both.a.session.notify(1, index)
    expect(both.a.overflows).toBe(0)
    both.a.session.notify(1, 3)
    expect(both.a.overflows).toBe(1)
  })

  it('that a call overfills leaves that call pending, so that the end of the session settles it', () => {
    const both = pair({ window: { bytes: 1_000_000, messages: 1 } })
    both.a.session.detach()
    both.a.overflow = () => {
      both.a.overflows++
      unsettled.push(...both.a.session.end())
    }
    const unsettled: unknown[] = []
    const calls = [both.a.make(1), both.a.make(1)]
    expect(unsettled).toEqual(calls.map(({ pending }) => ({ call: pending, mayHaveRun: false })))
  })
})
