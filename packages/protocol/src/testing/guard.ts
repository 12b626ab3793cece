import type { CodecLimits } from '../limits.ts'

/** What the guard may find; 0 is nothing. Each has a sentence in {@link describeFault}. */
export const guardFault = {
  none: 0,
  truncated: 1,
  trailing: 2,
  depth: 3,
  items: 4,
  keyBytes: 5,
  keyType: 6,
  refusedKey: 7,
  extension: 8,
  neverUsed: 9,
} as const

export type GuardFault = (typeof guardFault)[keyof typeof guardFault]

const sentences: Record<GuardFault, string> = {
  0: 'nothing is wrong',
  1: 'the value runs past the end',
  2: 'there are bytes after the value',
  3: 'nested too deep',
  4: 'too many items',
  5: 'a key is too long',
  6: 'a map key is not a string',
  7: 'a key is __proto__, constructor or prototype',
  8: 'an extension type that is not allowed',
  9: 'the byte c1 is never used',
}

/** What a fault says to a reader. */
export function describeFault(fault: GuardFault): string {
  return sentences[fault]
}

/** How many bytes follow each first byte of a value; −1 where that takes more than the first byte to say. */
const fixedSizes: Int8Array = /* @__PURE__ */ makeFixedSizes()

function makeFixedSizes(): Int8Array {
  const sizes = new Int8Array(256)
  sizes.fill(-1, 0x80, 0xa0)
  for (let length = 0; length < 32; length++) sizes[0xa0 + length] = length
  // c0 nil, c2 false, c3 true; ca … d3 numbers.
  sizes.set([0, -1, 0, 0, -1, -1, -1, -1, -1, -1, 4, 8, 1, 2, 4, 8, 1, 2, 4, 8], 0xc0)
  sizes.fill(-1, 0xd4, 0xe0)
  return sizes
}

/**
 * Looks over the bytes of one MessagePack value before anything is made of them. One pass, no recursion, no
 * allocation: lengths are believed only as far as bytes are there, and what a decoder would revive into something
 * other than a plain value does not get to it.
 */
export class Guard {
  /** Where the last scan stopped. */
  at = 0
  /** The last scan saw a key that begins with `$`: only then is a walk over the decoded value needed. */
  tagged = false
  /** The last scan saw a long string that begins with a byte order mark, which a TextDecoder would swallow. */
  byteOrderMark = false
  readonly #limits: CodecLimits
  // One entry for each open container: what is still to come in it (keys counted too), and whether it is a map.
  readonly #left: Int32Array
  readonly #isMap: Uint8Array

  constructor(limits: CodecLimits) {
    this.#limits = limits
    this.#left = new Int32Array(limits.depth + 1)
    this.#isMap = new Uint8Array(limits.depth + 1)
  }

  /** Checks that exactly one acceptable value lies in `[start, end)`. */
  scan(bytes: Uint8Array, start: number, end: number): GuardFault {
    this.tagged = false
    this.byteOrderMark = false
    let at = start
    let budget = this.#limits.items - 1
    let depth = 0
    let left = 1
    let isMap = 0
    for (;;) {
      while (left === 0) {
        if (depth === 0) return this.#stop(at, at === end ? guardFault.none : guardFault.trailing)
        left = this.#left[--depth] as number
        isMap = this.#isMap[depth] as number
      }
      // In a map keys and values alternate, so that an even rest means a key.
      if (isMap === 1 && (left & 1) === 0) {
        at = this.#key(bytes, at, end)
        if (at < 0) return -at as GuardFault
        left--
      }
      if (at >= end) return this.#stop(at, guardFault.truncated)
      const token = bytes[at++] as number
      left--
      const fixed = fixedSizes[token] as number
      if (fixed >= 0) {
        at += fixed
        if (at > end) return this.#stop(at, guardFault.truncated)
      } else if (token < 0xa0 || token >= 0xdc) {
        const mapToken = token < 0x90 || token >= 0xde
        const size = token < 0xa0 ? token & 15 : bigEndian(bytes, at, 2 << (token & 1))
        if (token >= 0xdc) at += 2 << (token & 1)
        // A declared length is believed only when the bytes are there: an item takes one, a map's entry two.
        const parts = mapToken ? size * 2 : size
        if (parts > end - at) return this.#stop(at, guardFault.truncated)
        budget -= size
        if (budget < 0) return this.#stop(at, guardFault.items)
        if (depth >= this.#limits.depth) return this.#stop(at, guardFault.depth)
        this.#left[depth] = left
        this.#isMap[depth++] = isMap
        left = parts
        isMap = mapToken ? 1 : 0
      } else {
        at = this.#sized(bytes, at, end, token)
        if (at < 0) return -at as GuardFault
      }
    }
  }

  /** Checks a map's key and returns the index after it, or minus a fault. */
  #key(bytes: Uint8Array, start: number, end: number): number {
    let at = start
    const token = at < end ? (bytes[at++] as number) : 0xa0
    let size = token - 0xa0
    if (token < 0xa0 || token >= 0xc0) {
      if (token < 0xd9 || token > 0xdb) return this.#refuse(start, guardFault.keyType)
      const width = 1 << (token - 0xd9)
      size = bigEndian(bytes, at, width)
      at += width
    }
    if (at + size >= end) return this.#refuse(at, guardFault.truncated)
    if (size > this.#limits.keyBytes) return this.#refuse(at, guardFault.keyBytes)
    const first = bytes[at]
    if (first === 0x24 && size !== 0) this.tagged = true
    if ((size === 9 || size === 11) && isRefusedKey(bytes, at, size)) return this.#refuse(at, guardFault.refusedKey)
    return at + size
  }

  /** Checks a string, binary or extension that carries its length, and returns the index after it, or minus a fault. */
  #sized(bytes: Uint8Array, start: number, end: number, token: number): number {
    if (token === 0xc1) return this.#refuse(start - 1, guardFault.neverUsed)
    if (token >= 0xc7 && token !== 0xd9 && token !== 0xda && token !== 0xdb)
      return this.#extension(bytes, start, end, token)
    const width = 1 << (token < 0xc7 ? token - 0xc4 : token - 0xd9)
    const at = start + width
    const size = bigEndian(bytes, start, width)
    if (at + size > end) return this.#refuse(at, guardFault.truncated)
    if (size > 64 && token >= 0xd9 && bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf)
      this.byteOrderMark = true
    return at + size
  }

  /** Only `undefined` (d4 00 00) and timestamps (type −1 with 4, 8 or 12 bytes) of a time that a Date has pass. */
  #extension(bytes: Uint8Array, start: number, end: number, token: number): number {
    const fixed = token >= 0xd4
    const size = fixed ? 1 << (token - 0xd4) : (bytes[start] as number)
    const at = fixed ? start : start + 1
    if (at + 1 + size > end) return this.#refuse(at, guardFault.truncated)
    const type = bytes[at] as number
    const allowed =
      token === 0xd4
        ? type === 0x00 && bytes[at + 1] === 0x00
        : type === 0xff &&
          (token === 0xd6 || token === 0xd7 || (token === 0xc7 && size === 12)) &&
          isTime(bytes.subarray(at + 1, at + 1 + size))
    return allowed ? at + 1 + size : this.#refuse(start - 1, guardFault.extension)
  }

  #stop(at: number, fault: GuardFault): GuardFault {
    this.at = at
    return fault
  }

  #refuse(at: number, fault: GuardFault): number {
    this.at = at
    return -fault
  }
}

/** "Nanoseconds MUST NOT be larger than 999999999", and a Date holds 8.64e15 ms before and after 1970. */
function isTime(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (bytes.length === 4) return true
  if (bytes.length === 8) return view.getUint32(0) >>> 2 < 1e9
  const milliseconds = Number(view.getBigInt64(4)) * 1000 + Math.floor(view.getUint32(0) / 1e6)
  return view.getUint32(0) < 1e9 && Math.abs(milliseconds) <= 8.64e15
}

function bigEndian(bytes: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let index = 0; index < width; index++) value = value * 256 + (bytes[at + index] ?? 0)
  return value
}

const refusedKeys = ['__proto__', 'constructor', 'prototype'] as const

function isRefusedKey(bytes: Uint8Array, at: number, size: number): boolean {
  for (const name of refusedKeys) {
    let index = name.length === size ? 0 : size
    if (index === size) continue
    while (index < size && bytes[at + index] === name.charCodeAt(index)) index++
    if (index === size) return true
  }
  return false
}
