import { EventLogError } from '@wirepact/eventlog'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { announcedIn, holds, positionIn, readingIn, type Standing, standingsIn } from './replies.ts'

const text = (value: string) => Buffer.from(value)

describe('what an engine answers', () => {
  it('is a position, a standing or a reading', () => {
    expect(positionIn([text('e1'), 7, 1])).toEqual({ epoch: 'e1', offset: 7, incarnation: 1 })
    const standing = { epoch: 'e1', offset: 7, incarnation: 2, chain: ',2:5' }
    expect(standingsIn([text('e1'), 7, 2, text(',2:5')], 1)).toEqual([standing])
    const reading = readingIn([text('e1'), 7, 2, text(',2:5'), text('trimmed'), 5, text('six'), text('seven')], 3)
    expect(reading.head).toEqual(standing)
    expect(reading.gap).toEqual({ reason: 'trimmed', from: 3, to: 5 })
    expect(reading.records.map(({ offset, data }) => [offset, String(Buffer.from(data))])).toEqual([
      [6, 'six'],
      [7, 'seven'],
    ])
  })

  it('data is bytes of its own kind: a slice of them is a copy', () => {
    const { records } = readingIn([text('e'), 1, 1, text(''), text(''), 0, text('data')], 0)
    expect(Object.getPrototypeOf(records[0]?.data)).toBe(Uint8Array.prototype)
  })

  it.each<[string, unknown]>([
    ['nothing', null],
    ['an error as text', text('ERR')],
    ['too little', [text('e'), 1]],
    ['an epoch with a space', [text('e 1'), 1, 1, text(''), text(''), 0]],
    ['an offset below 0', [text('e'), -1, 1, text(''), text(''), 0]],
    ['an offset that is none', [text('e'), 1.5, 1, text(''), text(''), 0]],
    ['an offset as text', [text('e'), text('1'), 1, text(''), text(''), 0]],
    ['an unheard-of gap', [text('e'), 1, 1, text(''), text('lost'), 0]],
    ['a record that is no bytes', [text('e'), 1, 1, text(''), text(''), 0, 7]],
    ['records beyond the head', [text('e'), 1, 1, text(''), text(''), 0, text('a'), text('b')]],
    ['a chain without end', [text('e'), 1, 1, text('1'.repeat(10_000)), text(''), 0]],
  ])('%s is a typed failure', (_what, reply) => {
    expect(() => readingIn(reply, 0)).toThrow(EventLogError)
  })

  it('anything at all is a value or a typed failure', () => {
    const part = fc.oneof(
      fc.integer(),
      fc.double(),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      fc.anything(),
    )
    fc.assert(
      fc.property(fc.oneof(fc.array(part), fc.anything()), fc.nat(), (reply, after) => {
        for (const look of [() => positionIn(reply), () => standingsIn(reply, 1), () => readingIn(reply, after)]) {
          try {
            look()
          } catch (error) {
            expect(error).toBeInstanceOf(EventLogError)
          }
        }
      }),
    )
  })
})

describe('what an engine publishes', () => {
  it('is a record with its place', () => {
    expect(announcedIn(text('e-1 12 3\na\nb'))).toEqual({
      ...{ epoch: 'e-1', offset: 12, incarnation: 3 },
      data: Uint8Array.of(97, 10, 98),
    })
    expect(announcedIn(text('e 1 1\n'))?.data).toEqual(new Uint8Array(0))
  })

  it.each([
    '',
    '\n',
    'e 1 1',
    'e 0 1\n',
    'e -1 1\n',
    'e 1e3 1\n',
    'e 9007199254740993 1\n',
    'e  1 1\n',
    'é 1 1\n',
    `${'e'.repeat(300)} 1 1\n`,
  ])('%j is none', (message) => {
    expect(announcedIn(text(message))).toBeUndefined()
  })

  it('any bytes are a record or none, and never an error', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.anything()), (message) => {
        announcedIn(message)
      }),
    )
  })
})

describe('records of a durable engine that was started again', () => {
  const head = (incarnation: number, offset: number, chain: string): Standing => ({
    epoch: 'e',
    offset,
    incarnation,
    chain,
  })

  it.each<[string, Standing, number, number, boolean]>([
    ['the same incarnation, at or behind the head', head(1, 100, ''), 1, 100, true],
    ['the same incarnation, beyond the head', head(1, 99, ''), 1, 100, false],
    ['the next began where we are', head(2, 120, ',2:100'), 1, 100, true],
    ['the next began before where we are', head(2, 120, ',2:95'), 1, 100, false],
    ['one in between began before', head(3, 130, ',2:95,3:120'), 1, 100, false],
    ['those in between are known, and began after', head(3, 130, ',2:100,3:120'), 1, 100, true],
    ['one in between is not known any more', head(40, 999, '9:100,39:500,40:600'), 1, 100, false],
    ['an earlier incarnation than ours', head(1, 200, ''), 2, 100, false],
    ['a list that is none', head(2, 200, ',x:y'), 1, 100, false],
  ])('%s', (_what, standing, incarnation, offset, is) => {
    expect(holds(standing, incarnation, offset)).toBe(is)
  })
})
