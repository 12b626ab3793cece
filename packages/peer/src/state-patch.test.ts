import { Kind, type StateChange, trustedLimits } from '@wirepact/protocol'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binaryCodec } from './codec.ts'
import { applyPatch, diff, type PatchStep } from './state-patch.ts'

const codec = binaryCodec(trustedLimits)

/** What a peer's patch goes through: the codec looks at its form, then it is applied. */
function received(state: unknown, patch: unknown): unknown {
  const message = codec.encode({ kind: Kind.state, patch: true, value: patch })
  if (typeof message === 'string') throw new Error('it is binary')
  const read = codec.read(message.bytes, message.start, message.end)
  if (read.kind !== Kind.state) throw new Error('it is a state message')
  return applyPatch(state, read.value as readonly StateChange[] as readonly PatchStep[])
}

const refused = ['__proto__', 'constructor', 'prototype']
const key = fc
  .oneof(fc.constantFrom('a', 'b', 'c', ''), fc.string({ maxLength: 3 }))
  .filter((k) => !refused.includes(k))

/** What a state may hold; few keys and values, so that two of them have much in common. */
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom(null, undefined, true, 0, -0, 1, Number.NaN, 'x', '', 5n),
    fc.date({ min: new Date(0), max: new Date(3), noInvalidDate: false }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

describe('a patch', () => {
  it('made of two values turns the one into the other', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        expect(applyPatch(before, diff(before, after))).toStrictEqual(after)
      }),
      { numRuns: 3_000 },
    )
  })

  it('survives the wire', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        expect(received(before, diff(before, after))).toStrictEqual(after)
      }),
    )
  })

  it('of equal values is empty, dates and arrays included', () => {
    fc.assert(
      fc.property(value, (before) => {
        expect(diff(before, structuredClone(before))).toEqual([])
      }),
    )
  })

  it('changes nothing in place, and keeps what it does not touch', () => {
    const before = Object.freeze({ a: Object.freeze({ x: 1 }), b: Object.freeze({ y: 2 }) })
    const after = applyPatch(before, [
      [['a', 'x'], 5],
      [['a', 'z'], 6],
    ]) as typeof before
    expect([before, after]).toEqual([
      { a: { x: 1 }, b: { y: 2 } },
      { a: { x: 5, z: 6 }, b: { y: 2 } },
    ])
    expect(after.b).toBe(before.b)
  })

  it('of one field in a large state is one step', () => {
    const before = { rows: Array.from({ length: 1_000 }, (_, n) => n), user: { name: 'a', age: 1 } }
    expect(diff(before, { ...before, user: { name: 'a', age: 2 } })).toEqual([[['user', 'age'], 2]])
  })

  it.each([
    ['no list', { 0: [] }],
    ['nothing', undefined],
    ['a text', 'ab'],
    ['a step that is none', [5]],
    ['a step without a path', [[]]],
    ['a path that is none', [['a', 1]]],
    ['a step of three', [[['a'], 1, 2]]],
    ['a number in a path', [[[0], 1]]],
    ['a path through nothing', [[['a', 'b', 'c'], 1]]],
    ['a path through an array', [[['list', '0'], 1]]],
    ['a path through a text', [[['text', 'length'], 1]]],
    ['a path through what an object inherits', [[['toString', 'name'], 1]]],
    ['a removal of everything', [[[]]]],
    ['a removal below nothing', [[['none', 'x']]]],
    ['a removal in what an object inherits', [[['constructor', 'name']]]],
    ['__proto__', [[['__proto__', 'polluted'], true]]],
    ['__proto__ as the last step', [[['__proto__'], { polluted: true }]]],
    ['a removal of __proto__', [[['__proto__']]]],
    ['constructor.prototype', [[['constructor', 'prototype', 'polluted'], true]]],
  ])('that is nonsense throws: %s', (_, patch) => {
    const state = { a: { b: 1 }, list: [1], text: 'abc' }
    expect(() => received(state, patch)).toThrow(Error)
    expect(state).toEqual({ a: { b: 1 }, list: [1], text: 'abc' })
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })

  it('of any shape throws or gives a value, and never reaches what objects inherit', () => {
    const anyPath = fc.array(fc.oneof(key, fc.constantFrom(...refused, 'toString'), fc.nat(3)), { maxLength: 4 })
    const anyStep = fc.oneof(fc.tuple(anyPath), fc.tuple(anyPath, value), fc.anything())
    const before = Object.getOwnPropertyNames(Object.prototype)
    fc.assert(
      fc.property(value, fc.array(anyStep, { maxLength: 4 }), (state, patch) => {
        const copy = structuredClone(state)
        try {
          const result = received(state, patch)
          if (typeof result === 'object' && result !== null) expect(Object.hasOwn(result, '__proto__')).toBe(false)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
        expect(state).toStrictEqual(copy)
      }),
      { numRuns: 1_000 },
    )
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  })
})
