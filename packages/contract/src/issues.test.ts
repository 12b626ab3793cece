import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeIssues, type Issue, type Schema, validate } from './index.ts'

function described(schema: Schema, value: unknown): string {
  const outcome = validate(schema, value)
  if (outcome instanceof Promise || outcome.issues === undefined) throw new Error('this was meant to fail at once')
  return describeIssues(outcome.issues)
}

describe('a description of issues', () => {
  it('says where and what, in one line', () => {
    const schema = z.object({ sensor: z.string(), list: z.array(z.object({ id: z.number() })) })
    expect(described(schema, { sensor: 5, list: [{ id: 1 }, { id: '2' }] })).toBe(
      'at .sensor: expected string, received number; at .list[1].id: expected number, received string',
    )
  })

  it('says only what, where the whole value is wrong', () => {
    expect(described(z.string(), 5)).toBe('expected string, received number')
  })

  it('quotes keys that are not names', () => {
    expect(described(z.record(z.string(), z.number()), { 'a b': 'x' })).toBe(
      'at ["a b"]: expected number, received string',
    )
  })

  it('understands the paths of other libraries', () => {
    expect(described(v.object({ list: v.array(v.string()) }), { list: [5] })).toBe(
      'at .list[0]: Invalid type: Expected string but received 5',
    )
  })

  it('names ten, and counts the others', () => {
    const text = described(z.array(z.string()), Array(13).fill(0))
    expect(text.split('; ')).toHaveLength(11)
    expect(text).toMatch(/at \[9\]: expected string, received number; and 3 more$/)
  })

  it('is cut off at 1,024 UTF-16 units, whatever the input', () => {
    const long: Issue = { message: 'x'.repeat(5_000), path: ['y'.repeat(5_000)] }
    const text = describeIssues([long])
    expect(text).toHaveLength(1_024)
    expect(text.endsWith('…')).toBe(true)
  })
})
