import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { topicKey } from './topic-key.ts'

const topics = fc.anything({
  maxDepth: 3,
  withBigInt: true,
  withDate: true,
  withNullPrototype: true,
  values: [
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('1', 'a,b', '"', '{}'),
  ],
})

/** Two topics that are the same, said without a text: by walking both. */
function sameTopic(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b || Object.is(a, b)
  if (a instanceof Date || b instanceof Date)
    return a instanceof Date && b instanceof Date && Object.is(a.getTime(), b.getTime())
  if (Array.isArray(a) !== Array.isArray(b)) return false
  if (Array.isArray(a) && a.length !== (b as unknown[]).length) return false
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((key) => sameTopic(left[key], right[key]))
}

describe('a topic key', () => {
  it('is the same for two topics exactly when they are the same', () => {
    fc.assert(
      fc.property(topics, topics, (a, b) => {
        expect(topicKey('e', a) === topicKey('e', b)).toBe(sameTopic(a, b))
      }),
      { numRuns: 3_000 },
    )
  })

  it('does not depend on the order of the fields, nor on fields that are undefined', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), topics, { noNullPrototype: true }), (topic) => {
        const turned = Object.fromEntries([...Object.entries(topic).reverse()])
        expect(topicKey('e', { ...turned })).toBe(topicKey('e', topic))
      }),
    )
    expect(topicKey('e', { a: 1, b: undefined })).toBe(topicKey('e', { a: 1 }))
    expect(topicKey('e', -0)).toBe(topicKey('e', 0))
  })

  it.each([
    [1, '1'],
    [1, 1n],
    [null, 'null'],
    [[], {}],
    [['a', 'b'], ['a,b']],
    [{ a: 'b' }, '{"a":"b"}'],
    [[undefined], [null]],
    [[undefined], []],
    [new Date(5), 5],
    [new Date(5), '@5'],
    [true, 'true'],
    [Number.NaN, 'NaN'],
  ])('tells %o from %o', (a, b) => {
    expect(topicKey('e', a)).not.toBe(topicKey('e', b))
  })

  it('tells events apart, and one without a topic from one with', () => {
    const keys = ['a', 'a.b'].flatMap((name) => [topicKey(name, undefined), topicKey(name, null), topicKey(name, 'b')])
    expect(new Set(keys).size).toBe(keys.length)
  })

  it.each([[Symbol('s')], [() => 1], [new Map()], [new Set([1])], [Uint8Array.of(1)], [/x/], [{ deep: [new Map()] }]])(
    'is refused for %o',
    (topic) => {
      expect(() => topicKey('e', topic)).toThrow(TypeError)
    },
  )
})
