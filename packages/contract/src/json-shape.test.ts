import { describe, expect, it } from 'vitest'
import { jsonShape } from './json-shape.ts'

describe('the shape of a JSON schema', () => {
  it.each([
    [{ type: 'string', minLength: 3, format: 'email' }, 'string'],
    [{ type: 'number', minimum: 0 }, 'number'],
    [{ type: 'integer', maximum: 5 }, 'int'],
    [{ type: 'boolean' }, 'boolean'],
    [{ type: 'null' }, 'literal(null)'],
    [{ const: 'one' }, 'literal("one")'],
    [{ type: 'string', enum: ['b', 'a'] }, 'literal("a","b")'],
    [{ enum: [{}] }, 'unknown'],
    [{ anyOf: [{ type: 'string' }, { type: 'null' }] }, 'union(string,literal(null))'],
    [{ type: 'array', items: { type: 'integer' }, maxItems: 4 }, 'array(int)'],
    [{ type: 'array', prefixItems: [{ type: 'integer' }] }, 'unknown'],
    [{ type: 'object', additionalProperties: { type: 'number' } }, 'record(string;number)'],
    [{ type: 'object' }, 'unknown'],
    [{ type: 'object', properties: {} }, '{}'],
    [
      { type: 'object', properties: { b: { type: 'string' }, a: {}, é: true }, required: ['b'] },
      '{"a"?:unknown,"b":string,"é"?:unknown}',
    ],
    [{ type: 'object', properties: { a: {} }, patternProperties: { x: {} } }, 'unknown'],
    [{ type: 'object', properties: { a: {} }, additionalProperties: false }, '{"a"?:unknown}'],
    [{ $ref: '#/$defs/node', $defs: {} }, 'unknown'],
    [{ type: ['string', 'null'] }, 'unknown'],
    [{ oneOf: [{ type: 'string' }] }, 'unknown'],
    [true, 'unknown'],
    [{}, 'unknown'],
  ])('of %j is %s', (schema, shape) => {
    expect(jsonShape(JSON.stringify(schema))).toBe(shape)
  })
})
