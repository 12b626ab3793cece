import { describe, expect, it } from 'vitest'
import { WirepactError } from './error.ts'
import { Kind, type Message } from './message.ts'
import { kindsOn, SessionEnd, Wire } from './testing/session-end.ts'
import { cutAndResume, flow, pair, reconnect } from './testing/session-pair.ts'

describe('a session', () => {
  it('carries calls, answers, notifications, cancels and state in order, both ways', () => {
    const both = pair()
    const { a, b } = both
    const call = a.make(3, { by: 1 })
    a.session.notify(1, 'n')
    a.session.state(false, { x: 1 })
    a.session.state(true, [[['x'], 2]])
    const back = b.make(4, 'back')
    flow(both)
    expect(b.heard).toEqual([
      ['call', 1, 3, { by: 1 }],
      ['notify', 1, 'n'],
      ['state', false, { x: 1 }],
      ['state', true, [[['x'], 2]]],
    ])
    expect(a.heard).toEqual([['call', 1, 4, 'back']])
    b.session.result(1, 'done')
    a.session.error(1, { code: 'TOO_LATE', message: 'm', declared: true })
    flow(both)
    expect(call.outcomes).toEqual([{ how: 'succeed', what: 'done' }])
    expect(back.outcomes).toEqual([{ how: 'fail', what: 'TOO_LATE' }])
    expect([a.session.callsInFlight, b.session.callsInFlight]).toEqual([0, 0])
  })

  it('carries what a getter of a value sends meanwhile, before that value, also when sent again', () => {
    const both = pair()
    const { a, b } = both
    const long = 'x'.repeat(50)
    // (The harness looks at values, too, before they are encoded.)
    let looks = 0
    const value = {
      before: long,
      get odd() {
        if (++looks === 2) a.session.notify(1, 'meanwhile')
        return 1
      },
      after: long,
    }
    a.session.notify(2, value)
    // Its own bytes are given up half-way; those of the others stand.
    const failing = {
      before: long,
      get odd() {
        if (++looks < 4) return 1
        a.session.notify(3, 'before it failed')
        throw new Error('odd')
      },
    }
    expect(() => a.session.notify(4, failing)).toThrow('odd')
    a.session.notify(5, 'z'.repeat(5_000))
    a.session.notify(6, 'end')
    cutAndResume(both)
    flow(both)
    expect(b.heard).toEqual([
      ['notify', 1, 'meanwhile'],
      ['notify', 2, { before: long, odd: 1, after: long }],
      ['notify', 3, 'before it failed'],
      ['notify', 5, 'z'.repeat(5_000)],
      ['notify', 6, 'end'],
    ])
  })

  it('keeps what is issued while no channel carries it, and sends it first', () => {
    const { a, b } = { a: new SessionEnd(), b: new SessionEnd() }
    const toB = new Wire()
    a.session.notify(1, 'early')
    a.session.attach(toB)
    b.session.attach(new Wire())
    for (const bytes of toB.waiting) b.take(bytes)
    expect(b.heard).toEqual([['notify', 1, 'early']])
  })

  it('drops control messages while no channel carries it', () => {
    const a = new SessionEnd()
    const toB = new Wire()
    a.session.control({ kind: Kind.pong, nonce: 1 })
    a.session.attach(toB)
    expect(toB.waiting).toEqual([])
  })

  it('answers ping at once, with an ack of what it has', () => {
    const both = pair()
    both.a.session.notify(1, 1)
    flow(both)
    both.a.session.control({ kind: Kind.ping, nonce: 7 })
    for (const bytes of both.toB.waiting.splice(0)) both.b.take(bytes)
    expect(both.toA.waiting.map((bytes) => both.a.decoded(bytes))).toEqual([
      { kind: Kind.pong, nonce: 7 },
      { kind: Kind.ack, count: 1 },
    ])
  })
})

describe('resuming', () => {
  it('repeats what did not arrive, and nothing else', () => {
    const both = pair()
    for (let index = 0; index < 5; index++) both.a.session.notify(1, index)
    for (const bytes of both.toB.waiting.splice(0, 2)) both.b.take(bytes)
    const call = both.b.make(2)
    cutAndResume(both)
    expect(kindsOn(both.toB, both.b)).toEqual(['notify', 'notify', 'notify'])
    flow(both)
    expect(both.b.heard.map(([, , input]) => input)).toEqual([0, 1, 2, 3, 4])
    both.a.session.result(call.id, 1)
    flow(both)
    expect(call.outcomes).toHaveLength(1)
  })

  it('over a new channel while the old one stands takes the session with it', () => {
    const both = pair()
    const old = both.toB
    both.a.session.notify(1, 0)
    reconnect(both)
    both.a.session.notify(1, 1)
    expect([old.waiting.length, both.toB.waiting.length]).toEqual([1, 2])
  })

  it('does not forget a call made, answered or cancelled meanwhile', () => {
    const both = pair()
    const [first, second] = [both.a.make(1, 1), both.a.make(1, 2)]
    flow(both)
    both.a.session.detach()
    both.b.session.detach()
    both.b.session.result(first.id, 'one')
    both.a.session.cancel(second.id)
    const third = both.a.make(1, 3)
    reconnect(both)
    flow(both)
    expect(first.outcomes).toEqual([{ how: 'succeed', what: 'one' }])
    expect(both.b.heard.slice(2)).toEqual([
      ['cancel', 2],
      ['call', 3, 1, 3],
    ])
    expect([second.outcomes, third.outcomes]).toEqual([[], []])
  })

  it.each([0, 1, 4])('from %i messages, when 2 were acknowledged and 3 sent, cannot be', (count) => {
    const both = pair({ window: { bytes: 1_000_000, messages: 8 } })
    for (let index = 0; index < 3; index++) both.a.session.notify(1, index)
    for (const bytes of both.toB.waiting.splice(0)) both.b.take(bytes)
    for (const bytes of both.toA.waiting.splice(0)) both.a.take(bytes)
    expect([2, 3].map((each) => both.a.session.canResume(each))).toEqual([true, true])
    expect(both.a.session.canResume(count)).toBe(false)
    expect(() => both.a.session.resume(new Wire(), count)).toThrow('cannot resume')
  })

  it('cannot be when nothing is kept for it, or when it has ended', () => {
    const unkept = pair({ resumable: false }).a
    expect(unkept.session.canResume(0)).toBe(false)
    const { a } = pair()
    a.session.end()
    expect(a.session.canResume(0)).toBe(false)
  })
})

describe('a deadline', () => {
  it('tells the call and the other side', () => {
    const both = pair()
    const [short, long, endless] = [both.a.make(1, 0, 100), both.a.make(1, 0, 500), both.a.make(1, 0, 0)]
    expect(both.a.session.nextDeadline).toBe(104)
    both.a.session.onTimer(103)
    expect(short.outcomes).toEqual([])
    both.a.session.onTimer(104)
    expect([short.outcomes, long.outcomes, endless.outcomes]).toEqual([[{ how: 'expire' }], [], []])
    expect(both.a.session.nextDeadline).toBe(504)
    flow(both)
    expect(both.b.heard.at(-1)).toEqual(['cancel', short.id])
    // Its answer crosses the cancel and is dropped.
    both.b.session.result(short.id, 'late')
    flow(both)
    expect([short.outcomes.length, both.a.violations]).toEqual([1, []])
  })

  it('passes without a channel, too', () => {
    const both = pair()
    const call = both.a.make(1, 0, 100)
    both.a.session.detach()
    both.a.session.onTimer(200)
    expect(call.outcomes).toEqual([{ how: 'expire' }])
  })
})

describe('the end of a session', () => {
  it('hands back every call that has no answer, lowest first, and says which may have run', () => {
    const both = pair({ window: { bytes: 1_000_000, messages: 2 } })
    const calls = [both.a.make(1), both.a.make(1), both.a.make(1)]
    const left = both.a.session.end()
    expect(left.map(({ call }) => call)).toEqual(calls.map(({ pending }) => pending))
    expect(left.map(({ mayHaveRun }) => mayHaveRun)).toEqual([true, true, false])
    expect([both.a.session.end(), both.a.session.callsInFlight, both.a.session.phase]).toEqual([[], 0, 'ended'])
  })

  it('takes no messages any more', () => {
    const both = pair()
    both.a.session.notify(1, 'x')
    both.b.session.end()
    flow(both)
    expect(both.b.heard).toEqual([])
  })
})

describe('what a peer must not do', () => {
  const forbidden: [string, Message][] = [
    ['use a call id twice', { kind: Kind.call, id: 1, method: 1 }],
    ['answer a call that was never made', { kind: Kind.result, id: 5 }],
    ['refuse a call that was never made', { kind: Kind.error, id: 5, code: 'internal', message: '' }],
    ['cancel a call that it never made', { kind: Kind.cancel, id: 9 }],
  ]
  it.each(forbidden)('%s: the channel is closed with 4400', (_, message) => {
    const both = pair()
    both.b.make(1)
    flow(both)
    both.a.take(both.a.encoded(message))
    expect([both.toB.closedWith, both.a.violations, both.a.heard.length]).toEqual([4400, [4400], 1])
  })

  it('what is too large for it is not sent: the call fails here and costs no id', () => {
    const both = pair({ peerMessageBytes: 100 })
    expect(() => both.a.make(1, 'x'.repeat(100))).toThrow(WirepactError)
    expect(() => both.a.session.notify(1, 'x'.repeat(100))).toThrow('the other side accepts 100')
    expect([both.a.session.callsInFlight, both.toB.waiting.length]).toEqual([0, 0])
    expect(both.a.make(1, 'y').id).toBe(1)
  })
})
