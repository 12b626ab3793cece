import { compile, contract, type EventEntry, event } from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type EventSource, receiverOf } from './event-receiver.ts'
import { createEventReceivers, type JoinedListener } from './event-receivers.ts'
import type { SubscriptionListener } from './wire-subscription.ts'

const machine = contract({
  events: {
    reading: event({ topic: z.object({ sensor: z.string() }), payload: z.number(), snapshot: z.array(z.number()) }),
    alarm: event({ payload: z.string(), onGap: 'skip' }),
  },
})

interface Asked {
  readonly entry: EventEntry
  readonly topic: unknown
  readonly listener: SubscriptionListener
  stopped: number
}

/** An engine that remembers who listens, for the test to speak to. */
class Engine implements EventSource {
  readonly asked: Asked[] = []
  readonly joined: JoinedListener<unknown, unknown>[] = []
  /** What it answers with at once. */
  refusal: WirepactError<string> | undefined

  subscribe(entry: EventEntry, topic: unknown, listener: SubscriptionListener): () => void {
    const asked: Asked = { entry, topic, listener, stopped: 0 }
    this.asked.push(asked)
    if (this.refusal !== undefined) listener.ended?.(this.refusal)
    return () => {
      asked.stopped++
    }
  }

  onJoined(_entry: EventEntry, listener: JoinedListener<unknown, unknown>): () => void {
    this.joined.push(listener)
    return () => this.joined.splice(this.joined.indexOf(listener), 1)
  }

  get last(): Asked {
    return this.asked.at(-1) as Asked
  }
}

function start() {
  const engine = new Engine()
  return {
    engine,
    events: createEventReceivers<typeof machine.events>(compile(machine).events, (entry) => receiverOf(entry, engine)),
  }
}

const gap = { reason: 'trimmed', from: 3, to: 9 }

describe('subscribe', () => {
  it('listens to the topic, and hears everything about it', () => {
    const { engine, events } = start()
    const heard: unknown[] = []
    events.reading.subscribe(
      { sensor: 'cpu' },
      {
        next: (...payload) => heard.push(payload),
        gap: (hole) => heard.push(hole),
        snapshot: (value) => heard.push(value),
        ended: (error) => heard.push(error),
      },
    )
    const { entry, topic, listener } = engine.last
    expect([entry.name, topic]).toEqual(['reading', { sensor: 'cpu' }])
    listener.snapshot?.([1])
    listener.next(2, topic)
    listener.gap?.(gap)
    listener.ended?.(undefined)
    expect(heard).toEqual([[1], [2], gap, undefined])
  })

  it('takes no topic where the event has none', () => {
    const { engine, events } = start()
    const heard: string[] = []
    events.alarm.subscribe({ next: (text) => heard.push(text) })
    engine.last.listener.next('hot', undefined)
    expect([engine.last.topic, heard]).toEqual([undefined, ['hot']])
  })

  it('keeps the listener whole: its methods see each other', () => {
    const { engine, events } = start()
    const listener = {
      count: 0,
      next() {
        this.count++
      },
    }
    events.alarm.subscribe(listener)
    engine.last.listener.next('hot', undefined)
    expect(listener.count).toBe(1)
  })

  it('is ready when the server says so', async () => {
    const { engine, events } = start()
    const { ready } = events.alarm.subscribe({ next() {} })
    engine.last.listener.ready?.()
    await expect(ready).resolves.toBeUndefined()
  })

  it('is never ready when it is refused, at once or later', async () => {
    const { engine, events } = start()
    const refusal = new WirepactError('permission-denied')
    const later = events.alarm.subscribe({ next() {} })
    engine.last.listener.ended?.(refusal)
    engine.refusal = refusal
    const atOnce = events.alarm.subscribe({ next() {} })
    await expect(later.ready).rejects.toBe(refusal)
    await expect(atOnce.ready).rejects.toBe(refusal)
  })

  it.each(['unsubscribe', 'using', 'signal'])('stops once, and is not waited for any more: %s', async (way) => {
    const { engine, events } = start()
    const controller = new AbortController()
    const subscription = events.alarm.subscribe({ next() {} }, { signal: controller.signal })
    if (way === 'signal') controller.abort('enough')
    else if (way === 'using') subscription[Symbol.dispose]()
    subscription.unsubscribe()
    expect(engine.last.stopped).toBe(1)
    await expect(subscription.ready).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('does not begin when it was aborted before', async () => {
    const { engine, events } = start()
    const { ready } = events.alarm.subscribe({ next() {} }, { signal: AbortSignal.abort('early') })
    await expect(ready).rejects.toMatchObject({ code: 'cancelled', cause: 'early' })
    expect(engine.asked).toEqual([])
  })
})

describe('a loop', () => {
  it('reads what came before and what comes while it waits, in order', async () => {
    const { engine, events } = start()
    const loop = events.reading({ sensor: 'cpu' })
    expect(engine.last.topic).toEqual({ sensor: 'cpu' })
    engine.last.listener.next(1, undefined)
    engine.last.listener.next(2, undefined)
    const results = [loop.next(), loop.next(), loop.next(), loop.next()]
    engine.last.listener.next(3, undefined)
    engine.last.listener.next(4, undefined)
    expect((await Promise.all(results)).map(({ value }) => value)).toEqual([1, 2, 3, 4])
  })

  it('stops listening when it is left', async () => {
    const { engine, events } = start()
    const loop = events.alarm()
    engine.last.listener.next('hot', undefined)
    engine.last.listener.next('hotter', undefined)
    for await (const text of loop) {
      expect(text).toBe('hot')
      break
    }
    expect(engine.last.stopped).toBe(1)
    expect(await loop.next()).toEqual({ done: true, value: undefined })
  })

  it('stops listening when it is disposed of, and lets go of who waits', async () => {
    const { engine, events } = start()
    const loop = events.alarm()
    const waiting = loop.next()
    loop[Symbol.dispose]()
    expect(await waiting).toEqual({ done: true, value: undefined })
    expect(engine.last.stopped).toBe(1)
  })

  it('ends with the subscription, after what came before, and fails once', async () => {
    const { engine, events } = start()
    const denied = new WirepactError('permission-denied')
    const loop = events.alarm()
    engine.last.listener.next('hot', undefined)
    engine.last.listener.ended?.(denied)
    engine.last.listener.next('late', undefined)
    expect(await loop.next()).toEqual({ done: false, value: 'hot' })
    await expect(loop.next()).rejects.toBe(denied)
    expect(await loop.next()).toEqual({ done: true, value: undefined })
  })

  it('is over without an error when the client is closed', async () => {
    const { engine, events } = start()
    const loop = events.alarm()
    const waiting = [loop.next(), loop.next()]
    engine.last.listener.ended?.(undefined)
    expect(await Promise.all(waiting)).toEqual(Array(2).fill({ done: true, value: undefined }))
  })

  it('fails when it was refused before it began', async () => {
    const { engine, events } = start()
    engine.refusal = new WirepactError('unimplemented')
    await expect(events.alarm().next()).rejects.toBe(engine.refusal)
  })

  it.each(['before', 'after'])('an abort ends it with `cancelled` and drops what waits: %s it began', async (when) => {
    const { engine, events } = start()
    const controller = new AbortController()
    if (when === 'before') controller.abort('enough')
    const loop = events.alarm({ signal: controller.signal })
    if (when === 'after') {
      engine.last.listener.next('hot', undefined)
      controller.abort('enough')
      expect(engine.last.stopped).toBe(1)
    }
    await expect(loop.next()).rejects.toMatchObject({ code: 'cancelled', cause: 'enough' })
    await expect(loop.ready).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('keeps 1,024 events for a loop that is busy; one more ends it, after those', async () => {
    const { engine, events } = start()
    const loop = events.reading({ sensor: 'cpu' })
    for (let i = 0; i <= 1_024; i++) engine.last.listener.next(i, undefined)
    expect(engine.last.stopped).toBe(1)
    for (let i = 0; i < 1_024; i++) expect((await loop.next()).value).toBe(i)
    await expect(loop.next()).rejects.toMatchObject({ code: 'resource-exhausted', message: /1024 events of reading/ })
  })

  it('keeps as many as it was told to, counting only those that wait', async () => {
    const { engine, events } = start()
    const loop = events.alarm({ maxQueued: 1 })
    for (const text of ['a', 'b', 'c']) {
      engine.last.listener.next(text, undefined)
      expect((await loop.next()).value).toBe(text)
    }
    expect(engine.last.stopped).toBe(0)
  })

  it('ends with `gap` where nobody hears of gaps: a loop is not silently incomplete', async () => {
    const { engine, events } = start()
    const loop = events.alarm()
    engine.last.listener.gap?.(gap)
    await expect(loop.next()).rejects.toMatchObject({ code: 'gap', data: gap })
    expect(engine.last.stopped).toBe(1)
  })

  it('carries on where somebody does, and tells of snapshots', async () => {
    const { engine, events } = start()
    const heard: unknown[] = []
    const loop = events.reading(
      { sensor: 'cpu' },
      { gap: (hole) => heard.push(hole), snapshot: (value) => heard.push(value) },
    )
    engine.last.listener.gap?.(gap)
    engine.last.listener.snapshot?.([7])
    engine.last.listener.next(8, undefined)
    expect((await loop.next()).value).toBe(8)
    expect(heard).toEqual([gap, [7]])
  })
})

describe('joined', () => {
  it('hears the topics that the server chose, until it is stopped', () => {
    const { engine, events } = start()
    const heard: unknown[] = []
    const listening = events.reading.joined({ next: (payload, topic) => heard.push([payload, topic.sensor]) })
    engine.joined[0]?.next(5, { sensor: 'cpu' })
    listening.unsubscribe()
    expect(heard).toEqual([[5, 'cpu']])
    expect(engine.joined).toEqual([])
  })
})
