import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contract, event, notification, procedure } from './index.ts'

const anything = z.unknown()

/** What plain JavaScript, or a cast, can hand over. */
function declare(options: object): unknown {
  return contract(options as Parameters<typeof contract>[0])
}

describe('a contract', () => {
  it('keeps what it was given, and is empty where it was given nothing', () => {
    const server = { ping: procedure({}) }
    const state = z.object({ user: z.string() })
    expect(contract({ server, state })).toEqual({ server, client: {}, events: {}, state })
    expect(contract({})).toEqual({ server: {}, client: {}, events: {}, state: undefined })
  })

  it('cannot be changed', () => {
    const { server } = contract({ server: { ping: procedure({ errors: { BUSY: null } }) } })
    expect(() => Object.assign(contract({}), { server: {} })).toThrow(TypeError)
    expect(() => Object.assign(server.ping, { version: 2 })).toThrow(TypeError)
    expect(() => Object.assign(server.ping.errors, { FULL: null })).toThrow(TypeError)
  })

  it('lets a namespace or a procedure be called what definitions have as members', () => {
    const kind = procedure({})
    expect(() => contract({ server: { kind, name: kind, safe: { kind, input: kind, length: kind } } })).not.toThrow()
  })
})

describe('misuse is told at once, with the place', () => {
  it.each([
    ['a dot', { server: { a: { 'b.c': procedure({}) } } }, 'server.a.b.c'],
    ['no name', { client: { '': procedure({}) } }, 'client.'],
    // biome-ignore lint/suspicious/noThenProperty: what the test is about
    ['then', { server: { then: procedure({}) } }, 'server.then'],
    ['toJSON', { events: { toJSON: event({ payload: anything, onGap: 'skip' }) } }, 'events.toJSON'],
    ['constructor', { server: { constructor: procedure({}) } }, 'server.constructor'],
    ['prototype', { server: { a: { prototype: procedure({}) } } }, 'server.a.prototype'],
    ['__proto__', { server: JSON.parse('{"__proto__":{}}') }, 'server.__proto__'],
    ['a reserved sign', { server: { '~x': procedure({}) } }, 'server.~x'],
    ['a symbol', { server: { [Symbol('s')]: procedure({}) } }, 'server.Symbol(s)'],
  ])('a name that cannot be used: %s', (_, options, message) => {
    expect(() => declare(options)).toThrow(new TypeError(`contract: ${message} has a name that cannot be used`))
  })

  const endless: Record<string, unknown> = {}
  endless.more = endless

  it.each([
    ['a number for a procedure', { server: { a: { b: 5 } } }, 'server.a.b is not a definition or a namespace'],
    ['nothing for a procedure', { server: { a: undefined } }, 'server.a is not a definition or a namespace'],
    ['a function', { client: { a: () => 1 } }, 'client.a is not a definition or a namespace'],
    [
      'a schema for a procedure',
      { server: { a: anything } },
      'server.a is a schema; give it to procedure() or event()',
    ],
    [
      'an event in server',
      { server: { a: event({ payload: anything, onGap: 'skip' }) } },
      'server.a cannot be of kind event',
    ],
    ['a procedure in events', { events: { a: procedure({}) } }, 'events.a cannot be of kind procedure'],
    [
      'a namespace in itself',
      { server: endless },
      /^contract: server(\.more)+ is nested too deeply; does it contain itself\?$/,
    ],
    [
      'an input that is no schema',
      { server: { a: procedure({ input: {} as never }) } },
      'server.a.input is not a Standard Schema',
    ],
    [
      'a payload that is no schema',
      { events: { a: event({ payload: 'string' as never, onGap: 'skip' }) } },
      'events.a.payload is not a Standard Schema',
    ],
    ['no payload', { events: { a: event({ onGap: 'skip' } as never) } }, 'events.a.payload is not a Standard Schema'],
    ['a state that is no schema', { state: { user: 'string' } }, 'state is not a Standard Schema'],
    [
      'neither snapshot nor onGap',
      { events: { a: event({ payload: anything } as never) } },
      'events.a needs either snapshot, or onGap: "skip" or "error"',
    ],
    [
      'both snapshot and onGap',
      { events: { a: event({ payload: anything, snapshot: anything, onGap: 'skip' } as never) } },
      'events.a needs either snapshot, or onGap: "skip" or "error"',
    ],
    [
      'another onGap',
      { events: { a: event({ payload: anything, onGap: 'wait' } as never) } },
      'events.a needs either snapshot, or onGap: "skip" or "error"',
    ],
    [
      'another whenSlow',
      { events: { a: event({ payload: anything, onGap: 'skip', whenSlow: 'wait' as never }) } },
      'events.a has a whenSlow that is none of catchup, latest, drop, close, { latest }',
    ],
    [
      'a declared error named like one of the protocol',
      { server: { a: procedure({ errors: { cancelled: anything } }) } },
      'server.a.errors.cancelled is not in UPPER_SNAKE_CASE',
    ],
    [
      'a declared error that is not upper case throughout',
      { server: { a: procedure({ errors: { NO_such_SENSOR: anything } }) } },
      'server.a.errors.NO_such_SENSOR is not in UPPER_SNAKE_CASE',
    ],
    [
      'a declared error without a schema',
      { server: { a: procedure({ errors: { GONE: {} as never } }) } },
      'server.a.errors.GONE is not a Standard Schema',
    ],
  ])('%s', (_, options, message) => {
    const expected = typeof message === 'string' ? new TypeError(`contract: ${message}`) : message
    expect(() => declare(options)).toThrow(expected)
  })

  it('a notification is as good as a procedure', () => {
    expect(() =>
      contract({ server: { a: notification() }, client: { b: notification({ input: anything }) } }),
    ).not.toThrow()
  })
})
