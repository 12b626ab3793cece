import type { SeededRandom } from '@wirepact/testing'

// What messages are made of: mostly what is allowed, with a liking for edges.

/** One of them. */
export function pick<Item>(random: SeededRandom, items: readonly Item[]): Item {
  return items[random.below(items.length)] as Item
}

const edges = [0, 1, 2, 3, 7, 127, 128, 255, 256, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]

/** A number that a varint can say. */
export function anyCount(random: SeededRandom): number {
  return random.chance(0.7) ? random.below(12) : pick(random, edges)
}

const names = [
  '',
  'a',
  'room',
  'by',
  'text',
  'toString',
  'hasOwnProperty',
  'then',
  'toJSON',
  '__defineGetter__',
  'kind',
]
const odd = ['*', '>', '.', 'a.b', '#', '\u0000', '\ud800', '\ufeff', 'é'.repeat(40), '😀', '__proto__', '$map', '$']

export function anyText(random: SeededRandom): string {
  if (random.chance(0.5)) return pick(random, names)
  return random.chance(0.9) ? pick(random, odd) : 'x'.repeat(random.below(600))
}

const scalars: readonly unknown[] = [
  ...[null, undefined, true, false, 0, -0, 1, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, -(2 ** 31) - 1],
  ...[2 ** 53, 1e300, 0n, -1n, 2n ** 63n, 2n ** 64n, -(2n ** 63n) - 1n, 10n ** 100n],
]

function anyLeaf(random: SeededRandom): unknown {
  switch (random.below(6)) {
    case 0:
      return anyText(random)
    case 1:
      return new Date(pick(random, [0, 1_500_000_000_007, -1, 8.64e15, Number.NaN]))
    case 2:
      return new Uint8Array(random.below(40)).fill(random.below(256))
    case 3:
      return new Float64Array([1.5, Number.NaN, -0])
    default:
      return pick(random, scalars)
  }
}

/** Any value that may travel, of a few items. */
export function anyValue(random: SeededRandom, depth = 3): unknown {
  if (depth === 0 || random.chance(0.5)) return anyLeaf(random)
  const size = random.below(4)
  const items = Array.from({ length: size }, () => anyValue(random, depth - 1))
  switch (random.below(4)) {
    case 0:
      return items
    case 1:
      return new Map(items.map((item, index) => [index % 2 === 0 ? anyText(random) : index, item]))
    case 2:
      return new Set(items)
    default:
      return Object.fromEntries(items.map((item) => [safeKey(anyText(random)), item]))
  }
}

// A sender refuses these itself; they come in as bytes, where bytes are changed.
function safeKey(key: string): string {
  return key === '__proto__' ? '_' : key
}
