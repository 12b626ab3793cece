/**
 * RFC 1951 read the plain way, one bit at a time, independently of zlib: what a message inflates to, and how far it
 * refers back, which zlib's own decompressor does not tell.
 */
export interface Inflated {
  readonly bytes: number[]
  /** The largest distance of a reference; 0 for none. */
  readonly farthest: number
}

const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0]
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** Codes by length and value, as the text "length:value". */
type Codes = Map<string, number>

class Bits {
  readonly #bytes: Uint8Array
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length * 8
  }

  bit(): number {
    if (this.done) throw new Error('the data ends in the middle of a block')
    const bit = (this.#bytes[this.#at >> 3]! >> (this.#at & 7)) & 1
    this.#at++
    return bit
  }

  number(bits: number): number {
    let value = 0
    for (let i = 0; i < bits; i++) value |= this.bit() << i
    return value
  }

  align(): void {
    this.#at = (this.#at + 7) & ~7
  }

  symbol(codes: Codes): number {
    let code = 0
    for (let length = 1; length <= 15; length++) {
      code = (code << 1) | this.bit()
      const symbol = codes.get(`${length}:${code}`)
      if (symbol !== undefined) return symbol
    }
    throw new Error('no such code')
  }
}

function codesOf(lengths: readonly number[]): Codes {
  const codes: Codes = new Map()
  let code = 0
  for (let length = 1; length <= 15; length++) {
    code <<= 1
    for (const [symbol, own] of lengths.entries()) if (own === length) codes.set(`${length}:${code++}`, symbol)
  }
  return codes
}

const fixedLengths = Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))
const FIXED = { literals: codesOf(fixedLengths), distances: codesOf(Array.from({ length: 30 }, () => 5)) }

function dynamicCodes(bits: Bits): typeof FIXED {
  const literals = bits.number(5) + 257
  const distances = bits.number(5) + 1
  const lengthLengths = Array.from({ length: 19 }, () => 0)
  const count = bits.number(4) + 4
  for (let i = 0; i < count; i++) lengthLengths[ORDER[i]!] = bits.number(3)
  const codes = codesOf(lengthLengths)
  const lengths: number[] = []
  while (lengths.length < literals + distances) {
    const symbol = bits.symbol(codes)
    if (symbol < 16) lengths.push(symbol)
    else {
      const repeated = symbol === 16 ? lengths.at(-1)! : 0
      const times = symbol === 16 ? 3 + bits.number(2) : symbol === 17 ? 3 + bits.number(3) : 11 + bits.number(7)
      for (let i = 0; i < times; i++) lengths.push(repeated)
    }
  }
  return { literals: codesOf(lengths.slice(0, literals)), distances: codesOf(lengths.slice(literals)) }
}

/** The value that a length or distance code begins at: the sum of what the codes before it cover. */
function base(code: number, first: number, extra: (code: number) => number): number {
  let value = first
  for (let i = 0; i < code; i++) value += 2 ** extra(i)
  return value
}

const distanceExtra = (code: number) => Math.max(0, (code >> 1) - 1)

/**
 * @param payload of a compressed message, as on the wire
 * @param history what the compressor may refer to
 */
export function inflate(payload: Uint8Array, history: readonly number[] = []): Inflated {
  const bits = new Bits(Uint8Array.from([...payload, 0, 0, 0xff, 0xff]))
  const out = [...history]
  let farthest = 0
  while (!bits.done) {
    const isFinal = bits.bit() === 1
    const kind = bits.number(2)
    if (kind === 0) {
      bits.align()
      const length = bits.number(16)
      if ((bits.number(16) ^ 0xffff) !== length) throw new Error('stored length does not match its complement')
      for (let i = 0; i < length; i++) out.push(bits.number(8))
    } else {
      const codes = kind === 1 ? FIXED : dynamicCodes(bits)
      for (let symbol = bits.symbol(codes.literals); symbol !== 256; symbol = bits.symbol(codes.literals)) {
        if (symbol < 256) {
          out.push(symbol)
          continue
        }
        const code = symbol - 257
        const length = code === 28 ? 258 : base(code, 3, (i) => LENGTH_EXTRA[i]!) + bits.number(LENGTH_EXTRA[code]!)
        const far = bits.symbol(codes.distances)
        const distance = base(far, 1, distanceExtra) + bits.number(distanceExtra(far))
        if (distance > out.length) throw new Error('a reference to before the beginning')
        farthest = Math.max(farthest, distance)
        for (let i = 0; i < length; i++) out.push(out[out.length - distance]!)
      }
    }
    // RFC 7692 section 7.2.1: after a block with BFINAL the next one begins at a byte boundary.
    if (isFinal) bits.align()
  }
  return { bytes: out.slice(history.length), farthest }
}
