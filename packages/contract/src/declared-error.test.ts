import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { isDeclaredError, procedure } from './index.ts'

const latest = procedure({ errors: { NO_SUCH_SENSOR: z.object({ known: z.array(z.string()) }), ASLEEP: null } })

function raised(fields: object): Error {
  return Object.assign(new Error('raised'), fields)
}

describe('isDeclaredError', () => {
  it('knows the errors that the procedure declares', () => {
    expect(isDeclaredError(latest, raised({ code: 'ASLEEP', declared: true }))).toBe(true)
    expect(isDeclaredError(latest, raised({ code: 'ASLEEP', declared: true }), 'ASLEEP')).toBe(true)
  })

  it('knows one from another', () => {
    expect(isDeclaredError(latest, raised({ code: 'ASLEEP', declared: true }), 'NO_SUCH_SENSOR')).toBe(false)
  })

  it.each([
    ['nothing', undefined],
    ['a text', 'ASLEEP'],
    ['an error without a code', new Error('ASLEEP')],
    ['an error of the same code that the other side did not declare', raised({ code: 'ASLEEP', declared: false })],
    ['an error that another procedure declares', raised({ code: 'NO_SUCH_ROOM', declared: true })],
    ['the name of something that every object has', raised({ code: 'toString', declared: true })],
    ['what looks like one and is not an error', { code: 'ASLEEP', declared: true }],
  ])('is not misled by %s', (_, error) => {
    expect(isDeclaredError(latest, error)).toBe(false)
  })
})
