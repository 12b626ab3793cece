import { compile, contract, event } from '@wirepact/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createEventMemberships, createEventPublishers } from './event-publishers.ts'

const machine = contract({
  events: {
    reading: event({ topic: z.string(), payload: z.number(), onGap: 'skip' }),
    alarms: { raised: event({ payload: z.string(), onGap: 'skip' }) },
  },
})
const entries = compile(machine).events

const listeners = async () => ({ count: 1, principals: [], nodes: [], complete: true, ageMs: 0 })

describe('publishing', () => {
  it('names the event and its topic, where it has one', async () => {
    const published: unknown[] = []
    const events = createEventPublishers<typeof machine.events>(entries, {
      async publish({ name }, topic, payload) {
        published.push([name, topic, payload])
      },
      listeners,
    })
    await events.reading.publish('cpu', 5)
    await events.alarms.raised.publish('hot')
    expect(published).toEqual([
      ['reading', 'cpu', 5],
      ['alarms.raised', undefined, 'hot'],
    ])
  })

  it('fails as the engine does', async () => {
    const events = createEventPublishers<typeof machine.events>(entries, {
      async publish() {
        throw new TypeError('not what the contract allows')
      },
      listeners,
    })
    await expect(events.alarms.raised.publish('hot')).rejects.toThrow('not what the contract allows')
  })

  it('and asking who listens does so alike', async () => {
    const asked: unknown[] = []
    const events = createEventPublishers<typeof machine.events>(entries, {
      publish: async () => {},
      listeners(entry, topic, options) {
        asked.push([entry.name, topic, options])
        return listeners()
      },
    })
    expect(await events.reading.listeners('cpu')).toMatchObject({ count: 1 })
    await events.alarms.raised.listeners({ maxAgeMs: 5 })
    expect(asked).toEqual([
      ['reading', 'cpu', undefined],
      ['alarms.raised', undefined, { maxAgeMs: 5 }],
    ])
  })
})

describe('membership', () => {
  it('joins and leaves', async () => {
    const done: unknown[] = []
    const events = createEventMemberships<typeof machine.events>(entries, {
      join: async ({ name }, topic) => void done.push(['join', name, topic]),
      leave: async ({ name }, topic) => void done.push(['leave', name, topic]),
    })
    await events.reading.join('cpu')
    await events.reading.leave('cpu')
    await events.alarms.raised.join()
    expect(done).toEqual([
      ['join', 'reading', 'cpu'],
      ['leave', 'reading', 'cpu'],
      ['join', 'alarms.raised', undefined],
    ])
  })
})
