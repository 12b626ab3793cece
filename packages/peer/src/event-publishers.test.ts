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

describe('publishing', () => {
  it('names the event and its topic, where it has one', async () => {
    const published: unknown[] = []
    const events = createEventPublishers<typeof machine.events>(entries, async ({ name }, topic, payload) => {
      published.push([name, topic, payload])
    })
    await events.reading.publish('cpu', 5)
    await events.alarms.raised.publish('hot')
    expect(published).toEqual([
      ['reading', 'cpu', 5],
      ['alarms.raised', undefined, 'hot'],
    ])
  })

  it('fails as the engine does', async () => {
    const events = createEventPublishers<typeof machine.events>(entries, async () => {
      throw new TypeError('not what the contract allows')
    })
    await expect(events.alarms.raised.publish('hot')).rejects.toThrow('not what the contract allows')
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
