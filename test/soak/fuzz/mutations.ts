import type { SeededRandom } from '@wirepact/testing'
import { pick } from './words.ts'

const bytes = (hex: string) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))

// Pieces of MessagePack that have hurt somebody: prototype names, extensions, lengths without content, depth.
const snippets = [
  '81a95f5f70726f746f5f5f01 81ab636f6e7374727563746f7201 81a970726f746f7479706501 c1 d42a00 d50000 d6ff ffffffff',
  'd7ffffffffffffffffff c70cff3b9aca000000000000000000 c80001ff00 c900000001ff00 df00ffffff ddffffffff dbffffffff',
  'c6ffffffff de ffff 80 90 a0 c0 c2 d300000000000000ff cf7fffffffffffffff cb7ff8000000000000 ca7fc00000 d4 d40000',
  '81a4246d617091c0 81a424736574c0 81a724626967696e74a3616263 81a124c0 81a1248181 81a6247479706564 81a52464617465c0',
]
  .join(' ')
  .split(' ')
  .map(bytes)

const deep = [0x91, 0x81, 0xdc].map((byte) => new Uint8Array(200).fill(byte))

/** The same bytes, with something wrong in them. `others` are messages that were sent before. */
export function mutateBytes(given: Uint8Array, random: SeededRandom, others: readonly Uint8Array[]): Uint8Array {
  let changed = given
  for (let times = random.chance(0.7) ? 1 : 1 + random.below(4); times > 0; times--) {
    changed = mutateOnce(changed, random, others)
  }
  return changed
}

function mutateOnce(given: Uint8Array, random: SeededRandom, others: readonly Uint8Array[]): Uint8Array {
  const at = random.below(given.length + 1)
  switch (random.below(9)) {
    case 0:
      return given.map((byte, index) => (index === at ? byte ^ (1 << random.below(8)) : byte))
    case 1:
      return given.map((byte, index) => (index === at ? random.below(256) : byte))
    case 2:
      return given.slice(0, at)
    case 3:
      return splice(given, at, at, pick(random, snippets))
    case 4:
      return splice(given, at, at + 1 + random.below(4), pick(random, snippets))
    case 5:
      return splice(given, at, at + random.below(8), new Uint8Array(0))
    case 6:
      return splice(given, at, given.length, (others.length > 0 ? pick(random, others) : given).subarray(at))
    case 7:
      return splice(given, at, at, random.chance(0.2) ? pick(random, deep) : given.subarray(0, at))
    default:
      return given.map((byte, index) => (index === 0 ? random.below(256) : byte))
  }
}

function splice(given: Uint8Array, start: number, end: number, insert: Uint8Array): Uint8Array {
  const after = given.subarray(Math.min(end, given.length))
  const spliced = new Uint8Array(start + insert.length + after.length)
  spliced.set(given.subarray(0, start))
  spliced.set(insert, start)
  spliced.set(after, start + insert.length)
  return spliced
}

const texts = [
  ...['{"__proto__":1}', '{"constructor":1}', '{"$map":[[1]]}', '{"$bigint":"x"}', '{"$number":"-0"}', '{"$":[]}'],
  ...[
    '{"$date":9e99}',
    '{"$bytes":"="}',
    'null',
    '-0',
    '1e999',
    '"\\ud800"',
    '"\\u0000"',
    '[',
    '{',
    '"',
    '9007199254740992',
  ],
  ...['{"$typed":["Float64Array",{"$bytes":"AQ=="}]}', `${'['.repeat(80)}${']'.repeat(80)}`, '{"$undefined":true}'],
]

/** As {@link mutateBytes}, for the JSON form. */
export function mutateText(given: string, random: SeededRandom): string {
  const at = random.below(given.length + 1)
  const piece = pick(random, texts)
  switch (random.below(5)) {
    case 0:
      return given.slice(0, at)
    case 1:
      return given.slice(0, at) + piece + given.slice(at)
    case 2:
      return given.slice(0, at) + given.slice(at + 1 + random.below(4))
    case 3:
      return given.replace(/:("[^"]*"|\d+|true|null|\[\]|\{\})/, () => `:${piece}`)
    default:
      return given.slice(0, at) + String.fromCharCode(random.below(0x300)) + given.slice(at + 1)
  }
}
