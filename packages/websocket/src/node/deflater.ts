import { MisuseError } from '../errors.ts'
import type { Compressor, Decompressor, Deflater } from '../permessage-deflate/deflater.ts'
import { LARGEST_WINDOW_BITS } from '../permessage-deflate/parameters.ts'
import { ZlibCompressor } from './deflate-compressor.ts'
import { ZlibDecompressor } from './deflate-decompressor.ts'
import { ZlibLeases } from './deflate-leases.ts'
import { SharedObject, ZlibObject, type ZlibSettings } from './deflate-object.ts'

export interface ZlibOptions {
  /**
   * Effort of zlib, 1 (fast) to 9 (small). 6 makes JSON 2 to 8 % smaller than 3, for 10 to 90 % more time.
   * @default 3
   */
  readonly level?: number | undefined
  /** Memory of zlib's compressor, 1–9: 2^(memLevel + 9) bytes and its window. @default 8 */
  readonly memLevel?: number | undefined
  /**
   * Size in bytes from which messages go to Node's thread pool, two at a time in the whole process. Below it they are
   * compressed or inflated at once, which takes less than a millisecond.
   * @default 65536
   */
  readonly laterFromBytes?: number | undefined
}

const DEFAULT_LATER_FROM_BYTES = 64 * 1024

/** RFC 7692's compression by Node's zlib. */
export class ZlibDeflater implements Deflater {
  readonly laterFromBytes: number
  readonly #level: number
  readonly #memLevel: number

  /** @throws {MisuseError} for a level out of range */
  constructor({ level = 3, memLevel = 8, laterFromBytes = DEFAULT_LATER_FROM_BYTES }: ZlibOptions = {}) {
    for (const [name, value] of Object.entries({ level, memLevel })) {
      if (!Number.isInteger(value) || value < 1 || value > 9) {
        throw new MisuseError(`compression ${name} must be an integer from 1 to 9, not ${String(value)}`)
      }
    }
    if (!(laterFromBytes >= 1))
      throw new MisuseError(`laterFromBytes must be at least 1, not ${String(laterFromBytes)}`)
    this.#level = level
    this.#memLevel = memLevel
    this.laterFromBytes = worksDirectly() ? laterFromBytes : 1
  }

  compressor(windowBits: number, takeover: boolean): Compressor {
    const settings = { windowBits, level: this.#level, memLevel: this.#memLevel }
    return new ZlibCompressor(settings, leasesOf(settings), takeover, this.laterFromBytes)
  }

  decompressor(windowBits: number, takeover: boolean): Decompressor {
    const settings = { windowBits, level: this.#level, memLevel: this.#memLevel }
    return new ZlibDecompressor(settings, takeover ? undefined : inflaterOf(settings), this.laterFromBytes)
  }
}

// What connections with the same settings share. Window bits and levels have small ranges, so these stay small.
const leases = new Map<string, ZlibLeases>()
const inflaters = new Map<number, SharedObject>()

function leasesOf(settings: ZlibSettings): ZlibLeases {
  const key = `${settings.windowBits} ${settings.level} ${settings.memLevel}`
  const known = leases.get(key)
  if (known !== undefined) return known
  const made = new ZlibLeases(settings)
  leases.set(key, made)
  return made
}

function inflaterOf(settings: ZlibSettings): SharedObject {
  const known = inflaters.get(settings.windowBits)
  if (known !== undefined) return known
  const made = new SharedObject('inflate', settings)
  inflaters.set(settings.windowBits, made)
  return made
}

let direct: boolean | undefined

/** Asked once: does this platform's zlib work synchronously on a kept object, and to the right result? */
function worksDirectly(): boolean {
  if (direct !== undefined) return direct
  const settings = { windowBits: LARGEST_WINDOW_BITS, level: 1, memLevel: 1 }
  const object = new ZlibObject('inflate', settings)
  // "Hello", compressed (RFC 7692 section 7.2.3.1), with its tail.
  const message = Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0, 0, 0, 0xff, 0xff)
  const output = new Uint8Array(16)
  try {
    direct = object.isDirect && object.write(message, 0, message.length, output, output.length) === 5
  } catch {
    direct = false
  }
  object.close()
  return direct
}
