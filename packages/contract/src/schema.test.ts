import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import * as mini from 'zod/mini'
import { isSchema, type Schema, validate } from './index.ts'

describe('validate', () => {
  it.each([
    ['zod', z.object({ by: z.number().transform(String) })],
    ['zod/mini', mini.object({ by: mini.pipe(mini.number(), mini.transform(String)) })],
    ['valibot', v.object({ by: v.pipe(v.number(), v.transform(String)) })],
  ])('gives what a synchronous schema yields, without a promise: %s', (_, schema) => {
    expect(validate(schema, { by: 1 })).toMatchObject({ value: { by: '1' } })
    expect(validate(schema, { by: 'one' })).toMatchObject({ issues: [{ message: expect.any(String) }] })
  })

  it('gives a promise for an asynchronous one', async () => {
    const schema = z.string().refine(async (text) => text !== 'taken', 'is taken')
    const pending = validate(schema, 'taken')
    expect(pending).toBeInstanceOf(Promise)
    expect(await pending).toMatchObject({ issues: [{ message: 'is taken' }] })
    expect(await validate(schema, 'free')).toEqual({ value: 'free' })
  })

  it('fails as the schema fails: some throw, zod rejects', async () => {
    const fail = () => {
      throw new RangeError('broken')
    }
    const schema: Schema = { '~standard': { version: 1, vendor: 'test', validate: fail } }
    expect(() => validate(schema, 'text')).toThrow(new RangeError('broken'))
    await expect(validate(z.string().transform(fail), 'text')).rejects.toThrow(new RangeError('broken'))
  })
})

describe('isSchema', () => {
  it.each([z.string(), mini.string(), v.string(), Object.assign(() => {}, { '~standard': z.string()['~standard'] })])(
    'knows a schema, an object or a function: %#',
    (schema) => expect(isSchema(schema)).toBe(true),
  )

  it.each([undefined, null, 'string', {}, { '~standard': {} }, { '~standard': null }])(
    'knows what is none: %o',
    (other) => expect(isSchema(other)).toBe(false),
  )
})
