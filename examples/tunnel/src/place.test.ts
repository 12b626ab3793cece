import { describe, expect, it } from 'vitest'
import { allowanceOf, placeOf } from './place.ts'

describe('a place', () => {
  it.each([
    ['localhost:22', { host: 'localhost', port: 22 }],
    ['Example.org:65535', { host: 'example.org', port: 65_535 }],
    ['[::1]:80', { host: '::1', port: 80 }],
  ])('%s', (text, place) => {
    expect(placeOf(text)).toEqual(place)
  })

  it.each(['localhost', ':22', 'localhost:', 'localhost:0', 'localhost:65536', 'localhost:ssh', '[]:1'])(
    'is not %s',
    (text) => {
      expect(() => placeOf(text)).toThrow(TypeError)
    },
  )
})

describe('an allowance', () => {
  const allows = allowanceOf(['localhost:22', 'db.internal:*', '[::1]:80'])

  it.each([
    ['localhost', 22, true],
    ['LOCALHOST', 22, true],
    ['localhost', 23, false],
    ['127.0.0.1', 22, false],
    ['db.internal', 5432, true],
    ['evil.db.internal', 5432, false],
    ['::1', 80, true],
    ['*', 80, false],
  ])('%s port %d: %s', (host, port, allowed) => {
    expect(allows({ host, port })).toBe(allowed)
  })

  it('refuses a pattern that is none', () => {
    expect(() => allowanceOf(['localhost:*', 'somewhere'])).toThrow('"somewhere" is not host:port')
  })
})
