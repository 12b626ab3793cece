import { compile, contract, event } from '@wirepact/contract'
import { Counterpart, createEventReceivers } from '@wirepact/peer'
import { eventing } from '@wirepact/peer/eventing'
import { Kind, type Message, WirepactError } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { EventDoor } from './event-door.ts'

/** A schema that takes anything for a `Value`. */
function any<Value>() {
  const validate = (value: unknown) => ({ value: value as Value })
  return { '~standard': { version: 1, vendor: 'test', validate } } as {
    '~standard': { version: 1; vendor: string; validate: typeof validate; types?: { input: Value; output: Value } }
  }
}

const house = contract({
  events: {
    alarm: event({ payload: any<string>(), onGap: 'skip' }),
    reading: event({ topic: any<{ sensor: string }>(), payload: any<number>(), onGap: 'skip' }),
  },
})

/** A client's events, with or without what receives them, and a server that takes every subscription. */
function start(given?: typeof eventing) {
  const compiled = compile(house)
  const failures: unknown[] = []
  const door = new EventDoor(compiled.events, (error, where) => failures.push([where, String(error)]), given)
  const events = createEventReceivers<typeof house.events>(compiled.events, (entry) => door.receiver(entry))
  const sent: Message[] = []
  const say = (message: Message) => door.subscriber?.receive(message)
  const connect = () =>
    door.subscriber?.open(
      (message) => {
        sent.push(message)
        if (message.kind === Kind.subscribe)
          say({ kind: Kind.subscribed, id: message.id, alias: message.id, epoch: 'e', offset: 0 })
      },
      new Counterpart('client', compiled, undefined),
    )
  const publish = (alias: number, offset: number, payload: unknown) => say({ kind: Kind.event, alias, offset, payload })
  return { door, events, failures, sent, connect, publish, say }
}

describe('events before what receives them has been fetched', () => {
  it('are subscribed to once it is there, and heard', async () => {
    const { door, events, sent, connect, publish } = start()
    const heard: unknown[] = []
    const subscription = events.reading.subscribe({ sensor: 'cpu' }, { next: (value) => heard.push(value) })
    await door.fetch()
    connect()
    await subscription.ready
    publish(1, 1, 20.5)
    expect(heard).toEqual([20.5])
    subscription.unsubscribe()
    await Promise.resolve()
    expect(sent.map(({ kind }) => kind)).toEqual([Kind.subscribe, Kind.unsubscribe])
  })

  it('are looped over', async () => {
    const { door, events, connect, publish } = start()
    const loop = events.alarm()
    const first = loop.next()
    await door.fetch()
    connect()
    await loop.ready
    publish(1, 1, 'fire')
    expect(await first).toEqual({ done: false, value: 'fire' })
    publish(1, 2, 'flood')
    for await (const alarm of loop) {
      expect(alarm).toBe('flood')
      break
    }
    expect(await loop.next()).toEqual({ done: true, value: undefined })
  })

  it('of the server’s choice are heard', async () => {
    const { door, events, connect, publish, say } = start()
    const heard: unknown[] = []
    const listening = events.reading.joined({ next: (value, topic) => heard.push([value, topic]) })
    await door.fetch()
    connect()
    say({ kind: Kind.subscribed, alias: 7, epoch: 'e', offset: 0, event: 1, topic: { sensor: 'cpu' } })
    publish(7, 1, 3)
    listening.unsubscribe()
    await Promise.resolve()
    publish(7, 2, 4)
    expect(heard).toEqual([[3, { sensor: 'cpu' }]])
  })

  it('are not listened to when that was ended meanwhile', async () => {
    const { door, events, connect, sent } = start()
    const subscription = events.alarm.subscribe({ next() {} })
    subscription.unsubscribe()
    await door.fetch()
    await expect(subscription.ready).rejects.toMatchObject({ code: 'cancelled' })
    connect()
    expect(sent).toEqual([])
  })

  it('end when the client is closed, whatever was to end them', async () => {
    const { door, events } = start()
    const ended: unknown[] = []
    events.alarm.subscribe({ next() {}, ended: (error) => ended.push(error) })
    const refused = new WirepactError('unauthenticated', 'no')
    const loop = events.alarm()
    door.close(refused)
    await expect(loop.next()).rejects.toBe(refused)
    expect(ended).toEqual([refused])
  })

  it('with a topic that is none are reported, for nobody has to look at ready', async () => {
    const { door, events, failures } = start()
    const subscription = events.reading.subscribe({ sensor: (() => {}) as never }, { next() {} })
    await door.fetch()
    await expect(subscription.ready).rejects.toThrow(TypeError)
    expect(failures).toEqual([['reading', expect.stringContaining('a topic is made of plain values')]])
  })

  it('are listened to at once from then on', async () => {
    const { door, events, connect, sent } = start()
    await door.fetch()
    await Promise.resolve()
    connect()
    events.alarm.subscribe({ next() {} })
    expect(sent).toHaveLength(1)
  })
})

describe('a client', () => {
  it('with what receives events listens at once', () => {
    const { events, connect, sent } = start(eventing)
    connect()
    events.alarm.subscribe({ next() {} })
    expect(sent).toHaveLength(1)
  })

  it('without events fetches nothing', async () => {
    const door = new EventDoor([], () => {}, undefined)
    await door.fetch()
    door.close(undefined)
    expect(door.subscriber).toBeUndefined()
  })
})
