import { compile, contract, event } from '@wirepact/contract'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { flattenEventHandlers } from './event-handlers.ts'

const { events } = compile(
  contract({
    events: {
      reading: event({ payload: z.number(), snapshot: z.number() }),
      // Named as a member of a handler is.
      alarms: { filter: event({ payload: z.string(), onGap: 'skip' }) },
    },
  }),
)
const snapshot = () => 1
const filter = () => true

describe('flattenEventHandlers', () => {
  it('puts handlers in the order of the numbers, and something where nothing was said', () => {
    expect(events.map(({ name }) => name)).toEqual(['alarms.filter', 'reading'])
    expect(flattenEventHandlers(events, { reading: { snapshot } })).toEqual([{}, { snapshot }])
    expect(flattenEventHandlers(events, { alarms: { filter: { filter } }, reading: { snapshot } })[0]).toEqual({
      filter,
    })
  })

  it.each([
    [
      'an event that is not in the contract',
      { reading: { snapshot }, raeding: { filter } },
      'events.raeding.filter is not in the contract',
    ],
    [
      'a snapshot that nobody takes',
      { reading: { filter } },
      'events.reading.snapshot is missing: the contract declares one',
    ],
    [
      'a snapshot that is not declared',
      { reading: { snapshot }, alarms: { filter: { snapshot } } },
      'events.alarms.filter.snapshot is given, but the contract declares no snapshot',
    ],
    ['what is no function', { reading: { snapshot: 5 } }, 'events.reading.snapshot is not a function'],
    [
      'a misspelt member',
      { reading: { snapshot, autorize: filter } },
      'events.reading.autorize is not one of authorize, filter, snapshot, source',
    ],
  ])('names %s', (_, handlers, message) => {
    expect(() => flattenEventHandlers(events, handlers)).toThrow(new TypeError(message))
  })
})
