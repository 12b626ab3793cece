import { compile, contract, event } from '@wirepact/contract'
import { Kind, kindNames, type Message, WirepactError } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Counterpart } from './numbering.ts'
import { Subscriber } from './subscriber.ts'

const compiled = compile(
  contract({
    events: {
      plain: event({ topic: z.string(), payload: z.number(), onGap: 'skip' }),
      shown: event({ topic: z.string(), payload: z.number(), snapshot: z.number() }),
      strict: event({ topic: z.string(), payload: z.number(), onGap: 'error' }),
    },
  }),
)
const [plain, shown, strict] = compiled.events as [Entry, Entry, Entry]
type Entry = (typeof compiled.events)[number]

function setup() {
  const heard: string[] = []
  const faults: unknown[] = []
  const subscriber = new Subscriber({ events: compiled.events, failed: (error) => faults.push(error) })
  /** A connection stands; gives what is sent over it. */
  const open = () => {
    const sent: Message[] = []
    subscriber.open((message) => sent.push(message), new Counterpart('client', compiled, undefined))
    return sent
  }
  const listen = (entry: Entry, topic = 'a') =>
    subscriber.subscribe(entry, topic, {
      next: (n) => heard.push(`${n}`),
      gap: ({ reason, from, to }) => heard.push(`${reason} ${from}-${to}`),
      dropped: (count) => heard.push(`dropped ${count}`),
      snapshot: (value) => heard.push(`snapshot ${value}`),
      ready: () => heard.push('ready'),
      ended: (error) => heard.push(`ended ${error?.code ?? ''}`),
    })
  const joined = (entry: Entry) =>
    subscriber.onJoined(entry, {
      next: (n) => heard.push(`j${n}`),
      joined: () => heard.push('joined'),
      gap: ({ reason, from, to }) => heard.push(`j${reason} ${from}-${to}`),
    })
  const stands = (id: number, offset: number, epoch = 'e', alias = 7) =>
    subscriber.receive({ kind: Kind.subscribed, alias, epoch, offset, id })
  const joins = (offset: number, epoch = 'e', alias = 7) =>
    subscriber.receive({ kind: Kind.subscribed, alias, epoch, offset, event: 0, topic: 'a' })
  const event = (...offsets: number[]) => {
    for (const offset of offsets) subscriber.receive({ kind: Kind.event, alias: 7, offset, payload: offset })
  }
  const gap = (reason: string, from: number, to: number, epoch = 'e') =>
    subscriber.receive({ kind: Kind.gap, alias: 7, reason, epoch, from, to })
  return { subscriber, heard, faults, open, listen, joined, stands, joins, event, gap }
}

const asked = (sent: readonly Message[]) =>
  sent.map((message) =>
    message.kind === Kind.subscribe
      ? `subscribe ${message.id} ${message.position?.epoch ?? '-'} ${message.position?.offset ?? '-'}`
      : `${kindNames[message.kind]} ${'id' in message ? message.id : ''}`,
  )

describe('a subscription', () => {
  it('is asked for on each connection, from where it stands', () => {
    const { heard, open, listen, stands, event } = setup()
    listen(plain)
    expect(asked(open())).toEqual(['subscribe 1 - -'])
    stands(1, 4)
    event(5, 6)
    expect(asked(open())).toEqual(['subscribe 1 e 6'])
    expect(heard).toEqual(['ready', '5', '6'])
  })

  it('hears each event once, whatever comes twice, and leaps over what was filtered', () => {
    const { heard, open, listen, stands, event } = setup()
    listen(plain)
    open()
    stands(1, 4)
    event(5, 6, 6, 5, 4, 9)
    expect(heard).toEqual(['ready', '5', '6', '9'])
  })

  it('is one with all others to its topic, and ends with the last of them', () => {
    const { heard, open, listen, stands, event, subscriber } = setup()
    const sent = open()
    const stop = listen(plain)
    const stopToo = listen(plain)
    stands(1, 0)
    event(1)
    stop()
    event(2)
    expect(asked(sent)).toEqual(['subscribe 1 - -'])
    stopToo()
    event(3)
    expect(asked(sent)).toEqual(['subscribe 1 - -', 'unsubscribe 1'])
    expect([heard, subscriber.size]).toEqual([['ready', 'ready', '1', '1', '2'], 0])
  })

  it('leaves the connection before, if that still stands, and hears no more of it', () => {
    const { heard, open, listen, stands, event, subscriber } = setup()
    listen(plain)
    const first = open()
    stands(1, 0)
    event(1)
    open()
    expect(asked(first)).toEqual(['subscribe 1 - -', 'unsubscribe 1'])
    event(2)
    expect(heard).toEqual(['ready', '1'])
    stands(1, 1)
    event(2)
    subscriber.detached()
    event(3)
    expect(heard).toEqual(['ready', '1', 'ready', '2'])
  })

  it('survives listeners that throw', () => {
    const { faults, heard, open, listen, stands, event, subscriber } = setup()
    subscriber.subscribe(plain, 'a', {
      next() {
        throw new Error('mine')
      },
    })
    listen(plain)
    open()
    stands(1, 0)
    event(1)
    expect([heard, faults.length]).toEqual([['ready', '1'], 1])
  })

  it('that is refused, or ended by the server, is over with the reason', () => {
    const { heard, open, listen, subscriber } = setup()
    listen(plain)
    open()
    subscriber.receive({ kind: Kind.unsubscribed, id: 1, code: 'permission-denied', message: 'no' })
    expect([heard, asked(open()), subscriber.size]).toEqual([['ended permission-denied'], [], 0])
  })

  it('made after the client was closed ends at once', () => {
    const { heard, listen, subscriber } = setup()
    subscriber.close(new WirepactError('unavailable', 'no'))
    listen(plain)
    expect(heard).toEqual(['ended unavailable'])
  })
})

describe('a hole', () => {
  it('is said once, with where it began and ended', () => {
    const { heard, open, listen, stands, event, gap } = setup()
    listen(plain)
    open()
    stands(1, 4)
    event(5)
    open()
    stands(1, 9)
    gap('trimmed', 5, 9)
    event(10)
    expect(heard).toEqual(['ready', '5', 'ready', 'trimmed 5-9', '10'])
  })

  it('whose gap was lost with the connection is asked for again', () => {
    const { heard, open, listen, stands, event, gap } = setup()
    listen(plain)
    open()
    stands(1, 4)
    event(5)
    open()
    stands(1, 0, 'f')
    // The gap does not arrive any more.
    expect(asked(open())).toEqual(['subscribe 1 e 5'])
    stands(1, 2, 'f')
    gap('epoch', 5, 2, 'f')
    expect(asked(open())).toEqual(['subscribe 1 f 2'])
    expect(heard.filter((each) => each.includes('-'))).toEqual(['epoch 5-2'])
  })

  it('that the server does not name is said when the next event shows it', () => {
    const { heard, open, listen, stands, event } = setup()
    listen(plain)
    open()
    stands(1, 4)
    open()
    stands(1, 9)
    event(10)
    expect(heard).toEqual(['ready', 'ready', 'trimmed 4-9', '10'])
  })

  it.each([
    ['epoch', 'f', 3],
    ['trimmed', 'e', 12],
  ])('(%s) of a joined topic is said once, though join and gap both tell', (reason, epoch, to) => {
    const { heard, open, joined, joins, event, gap } = setup()
    joined(plain)
    open()
    joins(4)
    event(5)
    open()
    joins(to, epoch)
    gap(reason, 5, to, epoch)
    event(to + 1)
    expect(heard).toEqual(['joined', 'j5', 'joined', `j${reason} 5-${to}`, `j${to + 1}`])
  })

  it('that the server fears in a joined topic is none where all of it had arrived', () => {
    const { heard, open, joined, joins, event, gap } = setup()
    joined(plain)
    open()
    joins(4)
    event(5, 6, 7)
    open()
    joins(6)
    gap('trimmed', 4, 6)
    event(7, 8)
    expect(heard).toEqual(['joined', 'j5', 'j6', 'j7', 'joined', 'j8'])
  })

  it('in a topic that is both joined and subscribed to is said once to each', () => {
    const { heard, open, listen, joined, joins, stands, event, gap } = setup()
    listen(plain)
    joined(plain)
    open()
    joins(4)
    stands(1, 4)
    event(5)
    open()
    stands(1, 2, 'f')
    joins(2, 'f')
    gap('epoch', 5, 2, 'f')
    event(3)
    expect(heard.filter((each) => /-/.test(each))).toEqual(['epoch 5-2', 'jepoch 5-2'])
    expect(heard.slice(-2)).toEqual(['3', 'j3'])
  })

  it('ends a subscription whose contract says so', () => {
    const { heard, open, listen, stands, gap } = setup()
    listen(strict)
    const sent = open()
    stands(1, 4)
    gap('slow', 4, 9)
    expect(heard).toEqual(['ready', 'slow 4-9', 'ended gap'])
    expect(asked(sent)).toEqual(['subscribe 1 - -', 'unsubscribe 1'])
  })

  it('is followed by a snapshot, without which the position is worth nothing', () => {
    const { heard, open, listen, stands, event, gap, subscriber } = setup()
    listen(shown)
    open()
    stands(1, 4)
    subscriber.receive({ kind: Kind.snapshot, alias: 7, offset: 4, value: 40 })
    expect(asked(open())).toEqual(['subscribe 1 e 4'])
    stands(1, 8)
    gap('trimmed', 4, 8)
    expect(asked(open())).toEqual(['subscribe 1 - -'])
    stands(1, 9)
    subscriber.receive({ kind: Kind.snapshot, alias: 7, offset: 9, value: 90 })
    event(9, 10)
    expect(heard).toEqual(['ready', 'snapshot 40', 'ready', 'trimmed 4-8', 'ready', 'snapshot 90', '10'])
  })
})
