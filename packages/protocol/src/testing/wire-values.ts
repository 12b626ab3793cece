import * as fc from 'fast-check'

// Arbitrary values of the wire for property tests. Not part of what is published.

const refused = new Set(['__proto__', 'constructor', 'prototype'])

/** Unicode strings of which some have lone surrogates taken out: those are changed on the way by design. */
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
  fc.constant('\ufeff'.padEnd(90, 'é')),
)

const key = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('$', '$map', '$set', '$x', 'by', 'value', ''))

const number = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.constantFrom(
    0,
    -0,
    127,
    128,
    255,
    256,
    65_535,
    65_536,
    4_294_967_295,
    4_294_967_296,
    2 ** 53,
    -32,
    -33,
    -128,
    -129,
  ),
  fc.constantFrom(-32_768, -32_769, -(2 ** 31), -(2 ** 31) - 1, Number.NaN, Number.POSITIVE_INFINITY),
)

const bigint = fc.oneof(
  fc.bigInt(),
  fc.constantFrom(0n, -1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), -(2n ** 63n) - 1n),
)

const typed = fc.oneof(
  fc.float32Array({ maxLength: 4 }),
  fc.float64Array({ maxLength: 4 }),
  fc.int8Array({ maxLength: 4 }),
  fc.uint16Array({ maxLength: 4 }),
  fc.uint8ClampedArray({ maxLength: 4 }),
  fc.bigInt64Array({ maxLength: 4 }),
)

/** Any value that may travel. */
export const wireValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('leaf'),
    tie('list'),
    tie('record'),
    tie('map'),
    tie('set'),
  ),
  leaf: fc.oneof(
    text,
    number,
    bigint,
    typed,
    fc.boolean(),
    fc.constantFrom(null, undefined),
    fc.date({ noInvalidDate: false }),
    fc.uint8Array({ maxLength: 40 }),
  ),
  list: fc.array(tie('value'), { maxLength: 20 }),
  record: fc.dictionary(
    key.filter((name) => !refused.has(name)),
    tie('value'),
    { maxKeys: 18, noNullPrototype: true },
  ),
  map: fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
  set: fc.array(tie('value'), { maxLength: 4 }).map((items) => new Set(items)),
})).value
