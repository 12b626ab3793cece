import { describe, expect, it } from 'vitest'
import type { Channel } from './channel.ts'
import { Kind, type Message } from './message.ts'
import type { StreamWindows } from './stream-window.ts'
import { Streams } from './streams.ts'
import type { SessionEnd, Wire } from './testing/session-end.ts'
import { cutAndResume, flow, type Pair, pair } from './testing/session-pair.ts'

const windows: StreamWindows = {
  initial: { bytes: 100, items: 4 },
  most: { bytes: 400, items: 64 },
  connectionBytes: 1_000,
}

function streamsOf(end: SessionEnd, given: Partial<StreamWindows> = {}, highWaterBytes = 10_000): Streams {
  const { session } = end
  const ours = { ...windows, ...given }
  end.startStreams = () => new Streams({ session, windows: ours, peer: windows, highWaterBytes, later: () => () => {} })
  return session.streams as Streams
}

/** A call of `a`, whose items `a` sends and `b` reads. */
function upload(both: Pair, given: Partial<StreamWindows> = {}) {
  const [sender, reader] = [streamsOf(both.a), streamsOf(both.b, given)]
  const { id } = both.a.make(1)
  const got: { value: unknown; size: number }[] = []
  const told: string[] = []
  const out = sender.send(id, false, { sent: () => told.push('sent'), failed: (error) => told.push(String(error)) })
  flow(both)
  const half = reader.read(id, false, {
    item: (value, size) => got.push({ value, size }),
    ended: () => told.push('ended'),
  })
  return { sender, reader, id, out, half, got, told }
}

function messagesOn(wire: Wire, end: SessionEnd): Message[] {
  return wire.waiting.map((bytes) => end.decoded(bytes))
}

const text = (length: number) => 'x'.repeat(length)

describe('a half that sends', () => {
  it('sends while there is credit, holds the next item, and sends that when there is more', () => {
    const both = pair()
    const { out, half, got, told } = upload(both)
    expect([1, 2, 3, 4, 5].map((value) => out.put(value))).toEqual([true, true, true, true, false])
    flow(both)
    expect(got.map(({ value }) => value)).toEqual([1, 2, 3, 4])
    for (const { size } of got.slice()) half.take(size)
    flow(both)
    expect([got.map(({ value }) => value), told]).toEqual([[1, 2, 3, 4, 5], ['sent']])
  })

  it('sends an item that is larger than the window alone', () => {
    const both = pair()
    const { out, got } = upload(both)
    expect([out.put(text(5_000)), out.put(1)]).toEqual([true, false])
    flow(both)
    expect(got.map(({ size }) => size)).toEqual([5_005])
  })

  it('says with the item that it waited, and the window of a reader that was waiting doubles', () => {
    const both = pair()
    const { out, half, got } = upload(both)
    for (let value = 0; value < 5; value++) out.put(value)
    flow(both)
    for (const { size } of got.slice()) half.take(size)
    for (const bytes of both.toA.waiting.splice(0)) both.a.take(bytes)
    expect(messagesOn(both.toB, both.b)).toMatchObject([{ kind: Kind.item, waited: true }])
    flow(both)
    half.take(got[4]?.size ?? 0)
    expect(messagesOn(both.toA, both.a)).toMatchObject([{ kind: Kind.credit, items: 5 + 2 * windows.initial.items }])
  })

  it('ends after the item that it holds', () => {
    const both = pair()
    const { out, half, got, told } = upload(both)
    for (let value = 0; value < 5; value++) out.put(value)
    out.end()
    flow(both)
    for (const { size } of got.slice()) half.take(size)
    flow(both)
    expect([got.length, told]).toEqual([5, ['ended']])
  })

  it('tells its source of an item that cannot be sent, at once or when its turn has come', () => {
    const both = pair({ peerMessageBytes: 500 })
    const { out, half, got, told } = upload(both)
    expect(() => out.put(() => {})).toThrow('cannot send a function')
    for (let value = 0; value < 4; value++) out.put(value)
    expect(out.put(text(1_000))).toBe(false)
    flow(both)
    for (const { size } of got.slice()) half.take(size)
    flow(both)
    expect(told).toEqual([expect.stringContaining('the message has 1005 bytes')])
    expect(out.put('small')).toBe(true)
  })

  it('leaves half of the resend window to others', () => {
    const both = pair({ window: { bytes: 100_000, messages: 8 } })
    const { out } = upload(both)
    both.toB.waiting.length = 0
    const sent = [out.put(1), out.put(2), out.put(3), out.put(4)]
    both.a.session.notify(1, 'urgent')
    const kinds = messagesOn(both.toB, both.b).map(({ kind }) => kind)
    expect([sent.filter(Boolean).length < 4, kinds.includes(Kind.notify)]).toEqual([true, true])
  })

  it('keeps its item while nobody is connected', () => {
    const both = pair()
    const { out, got } = upload(both)
    both.a.session.detach()
    both.b.session.detach()
    const before = both.a.session.heldBytes
    expect([out.put(1), both.a.session.heldBytes]).toEqual([false, before])
    cutAndResume(both)
    flow(both)
    expect(got.map(({ value }) => value)).toEqual([1])
  })
})

describe('turns', () => {
  it('go round among the streams that wait for the channel', () => {
    const both = pair()
    const sender = streamsOf(both.a, {}, 1)
    streamsOf(both.b)
    const order: string[] = []
    const lanes = ['one', 'two', 'three'].map((name) => {
      let left = 2
      const half = sender.send(both.a.make(1).id, false, {
        sent() {
          order.push(name)
          if (--left > 0) half.put(name)
        },
        failed() {},
      })
      return half
    })
    for (const half of lanes) half.put('first')
    // Each time the wire is empty there is room for one.
    for (let turn = 0; turn < 6; turn++) {
      both.toB.waiting.length = 0
      sender.room()
    }
    expect(order).toEqual(['one', 'two', 'three', 'one', 'two', 'three'])
  })

  it('are looked for again where the channel does not say that it has room', () => {
    const { a } = pair()
    const tasks: (() => void)[] = []
    let buffered = 100
    const sent: unknown[] = []
    const channel: Channel = {
      get bufferedBytes() {
        return buffered
      },
      send: (message) => sent.push(message),
      close() {},
      terminate() {},
    }
    a.session.resume(channel, 0)
    const streams = new Streams({
      ...{ session: a.session, windows, peer: windows, highWaterBytes: 50 },
      later: (_, task) => {
        tasks.push(task)
        return () => {}
      },
    })
    const half = streams.send(1, false, { sent() {}, failed() {} })
    expect([half.put(1), tasks.length]).toEqual([false, 1])
    tasks[0]?.()
    expect([sent.length, tasks.length]).toEqual([0, 2])
    buffered = 0
    tasks[1]?.()
    expect(sent.length).toBe(1)
  })
})

describe('a receiver closes with 4400 for', () => {
  const closes: [string, (both: Pair, id: number) => Message[]][] = [
    ['items beyond the credit', (_, id) => Array.from({ length: 5 }, () => ({ kind: Kind.item, id, value: 1 }))],
    [
      'bytes beyond the credit',
      (_, id) => [
        { kind: Kind.item, id, value: text(100) },
        { kind: Kind.item, id, value: 1 },
      ],
    ],
    [
      'an item after the end',
      (_, id) => [
        { kind: Kind.end, id },
        { kind: Kind.item, id, value: 1 },
      ],
    ],
    [
      'a second end',
      (_, id) => [
        { kind: Kind.end, id },
        { kind: Kind.end, id },
      ],
    ],
    ['an item of a call that was never made', (_, id) => [{ kind: Kind.item, id: id + 1, value: 1 }]],
    ['an item for a call of its own that was never made', () => [{ kind: Kind.item, id: 9, fromCallee: true }]],
    ['credit of a call that was never made', () => [{ kind: Kind.credit, id: 9, bytes: 1, items: 1 }]],
    ['an item of call 0', () => [{ kind: Kind.item, id: 0, value: 1 }]],
    ['an end of call 0', () => [{ kind: Kind.end, id: 0, fromCallee: true }]],
    ['a cancel of call 0', () => [{ kind: Kind.cancel, id: 0 }]],
    ['an answer to call 0', () => [{ kind: Kind.result, id: 0, output: 1 }]],
    [
      'credit of the connection that a callee says',
      () => [{ kind: Kind.credit, id: 0, fromCallee: true, bytes: 9_000, items: 0 }],
    ],
    ['credit of the connection that falls', () => [{ kind: Kind.credit, id: 0, bytes: 1, items: 0 }]],
  ]
  it.each(closes)('%s', (_, say) => {
    const both = pair()
    const { id } = upload(both)
    for (const message of say(both, id)) both.b.take(both.b.encoded(message))
    expect(both.b.violations).toEqual([4400])
  })

  it('credit of a stream that falls', () => {
    const both = pair()
    const { id } = upload(both)
    both.a.take(both.a.encoded({ kind: Kind.credit, id, fromCallee: true, bytes: 99, items: 4 }))
    expect(both.a.violations).toEqual([4400])
  })

  it('items of several streams beyond the credit of the connection', () => {
    const both = pair()
    const reader = streamsOf(both.b, { connectionBytes: 60 })
    for (const value of [1, 2]) both.a.make(value)
    flow(both)
    for (const id of [1, 2]) reader.read(id, false, { item() {}, ended() {} })
    const item = (id: number) => both.b.take(both.b.encoded({ kind: Kind.item, id, value: text(160) }))
    item(1)
    item(2)
    expect(both.b.violations).toEqual([4400])
  })
})

describe('readers that have stopped', () => {
  /** So many calls of `a` with items; `b` takes none before `stop`. */
  function uploads(count: number) {
    const both = pair()
    const [sender, reader] = [streamsOf(both.a), streamsOf(both.b)]
    const lanes = Array.from({ length: count }, () => {
      const { id } = both.a.make(1)
      const got: number[] = []
      const lane = { id, got, left: 400, out: sender.send(id, false, { sent: () => pump(), failed() {} }) }
      const pump = () => {
        while (lane.left > 0) {
          lane.left--
          if (!lane.out.put(text(20))) return
        }
      }
      return { ...lane, pump, in: reader.read(id, false, { item: (_, size) => got.push(size), ended() {} }) }
    })
    type Lane = (typeof lanes)[number]
    const take = ({ got, in: half }: Lane) => {
      for (const size of got.splice(0)) half.take(size)
    }
    const run = ({ pump }: Lane) => {
      pump()
      flow(both)
    }
    return { both, reader, lanes, run, take }
  }

  it('hold their own share each, and no other stream', () => {
    const { both, reader, lanes, run, take } = uploads(41)
    for (const lane of lanes) run(lane)
    const last = lanes.at(-1) as (typeof lanes)[number]
    let taken = 0
    for (let round = 0; round < 400; round++) {
      taken += last.got.length
      take(last)
      flow(both)
    }
    expect(taken).toBe(400)
    expect(lanes.slice(0, -1).every(({ got }) => got.length > 0)).toBe(true)
    expect(reader.heldBytes).toBeLessThanOrEqual(40 * (windows.initial.bytes + 25))
    expect(both.b.violations).toEqual([])
  })

  it('leave room for the others also when their windows had grown', () => {
    const { both, lanes, run, take } = uploads(12)
    for (const lane of lanes) {
      run(lane)
      for (let round = 0; round < 20; round++) {
        take(lane)
        flow(both)
      }
    }
    const last = lanes.at(-1) as (typeof lanes)[number]
    let taken = 0
    for (let round = 0; round < 200; round++) {
      taken += last.got.length
      take(last)
      flow(both)
    }
    expect(taken).toBeGreaterThan(300)
    expect(both.b.violations).toEqual([])
  })
})

describe('what crosses the end of a stream on its way', () => {
  it('is dropped, and its bytes are free again', () => {
    const both = pair()
    const { id, half, reader } = upload(both)
    half.close()
    for (let count = 0; count < 100; count++) both.b.take(both.b.encoded({ kind: Kind.item, id, value: text(90) }))
    expect([both.b.violations, reader.heldBytes]).toEqual([[], 0])
    expect(messagesOn(both.toA, both.a).filter(({ kind }) => kind === Kind.credit).length).toBeGreaterThan(5)
    both.b.take(both.b.encoded({ kind: Kind.end, id }))
    both.a.take(both.a.encoded({ kind: Kind.credit, id, fromCallee: true, bytes: 10_000, items: 100 }))
    expect([both.a.violations, both.b.violations]).toEqual([[], []])
  })

  it('leaves nothing behind', () => {
    const both = pair()
    const { out, half, sender, reader } = upload(both)
    out.put(1)
    expect([sender.size, reader.size]).toEqual([1, 1])
    out.close()
    half.close()
    expect([sender.size, reader.size]).toEqual([0, 0])
  })
})

describe('after a resume', () => {
  it('the totals are said again, where there are any to say', () => {
    const both = pair()
    const { half, got, out } = upload(both)
    cutAndResume(both)
    expect(messagesOn(both.toA, both.a)).toEqual([])
    for (let value = 0; value < 4; value++) out.put(value)
    flow(both)
    for (const { size } of got.slice()) half.take(size)
    cutAndResume(both)
    expect(messagesOn(both.toA, both.a)).toEqual([
      { kind: Kind.credit, id: 1, fromCallee: true, bytes: 100 + 4 * 3, items: 8 },
    ])
  })
})
