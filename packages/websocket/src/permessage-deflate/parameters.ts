/**
 * The four parameters of permessage-deflate (RFC 7692 section 7.1), read strictly: a name it does not define, a name
 * twice, a value where there may be none, or a bad value make the whole offer or answer invalid.
 */
import { MisuseError } from '../errors.ts'
import type { ExtensionOffer } from '../handshake/header-grammar.ts'

export const DEFLATE_NAME = 'permessage-deflate'

export const SMALLEST_WINDOW_BITS = 8
export const LARGEST_WINDOW_BITS = 15

/** How one side wants to compress. "Send" and "receive" are seen from the side whose options these are. */
export interface DeflateOptions {
  /**
   * Smallest message that is compressed, in bytes. Most below about 100 bytes do not become smaller at all; where bytes
   * count more than time, set it to that.
   * @default 1024
   */
  readonly thresholdBytes?: number | undefined
  /**
   * Messages sent may refer to those sent before, which makes repetitive traffic several times smaller. The peer keeps the
   * memory for it; this side may forget at any time.
   * @default true
   */
  readonly sendTakeover?: boolean | undefined
  /**
   * The peer may do the same, and each connection that has received keeps a decompressor (about 45 KiB with zlib).
   * @default false
   */
  readonly receiveTakeover?: boolean | undefined
  /** Messages sent refer back at most 2^bits bytes, 8–15. @default 15 */
  readonly sendWindowBits?: number | undefined
  /** The largest window the peer may use, 8–15. A client that cannot be told so gets no compression. @default 15 */
  readonly receiveWindowBits?: number | undefined
}

export type DeflateSettings = { readonly [Name in keyof DeflateOptions]-?: NonNullable<DeflateOptions[Name]> }

/** What both sides agreed to, seen from one of them. */
export type DeflateAgreement = Omit<DeflateSettings, 'thresholdBytes'>

/** @throws {MisuseError} for window bits outside 8–15, or a threshold that is no size */
export function resolveDeflate(options: DeflateOptions): DeflateSettings {
  const { thresholdBytes = 1024, sendTakeover = true, receiveTakeover = false } = options
  const { sendWindowBits = LARGEST_WINDOW_BITS, receiveWindowBits = LARGEST_WINDOW_BITS } = options
  for (const bits of [sendWindowBits, receiveWindowBits]) {
    if (!Number.isInteger(bits) || bits < SMALLEST_WINDOW_BITS || bits > LARGEST_WINDOW_BITS) {
      throw new MisuseError(`window bits of permessage-deflate go from 8 to 15, not ${String(bits)}`)
    }
  }
  if (!(thresholdBytes >= 0)) {
    throw new MisuseError(`thresholdBytes must be 0 or more bytes, not ${String(thresholdBytes)}`)
  }
  return { thresholdBytes, sendTakeover, receiveTakeover, sendWindowBits, receiveWindowBits }
}

/** The parameters of one offer or answer. */
export interface DeflateParameters {
  readonly serverNoContextTakeover: boolean
  readonly clientNoContextTakeover: boolean
  /** 8–15, or undefined when it is missing. */
  readonly serverMaxWindowBits: number | undefined
  /** 8–15; true when it stands there without a value, as it may in an offer; undefined when it is missing. */
  readonly clientMaxWindowBits: number | true | undefined
}

/** @returns undefined when anything about them is invalid */
export function readParameters({ parameters }: ExtensionOffer): DeflateParameters | undefined {
  const given = new Map<string, string | undefined>()
  for (const [name, value] of parameters) {
    // "... contains multiple extension parameters with the same name" (sections 7.1.1 and 7.1.2): decline or fail.
    if (given.has(name) || !isAllowed(name, value)) return undefined
    given.set(name, value)
  }
  const serverBits = given.get('server_max_window_bits')
  const clientBits = given.get('client_max_window_bits')
  return {
    serverNoContextTakeover: given.has('server_no_context_takeover'),
    clientNoContextTakeover: given.has('client_no_context_takeover'),
    serverMaxWindowBits: serverBits === undefined ? undefined : Number(serverBits),
    clientMaxWindowBits:
      clientBits !== undefined ? Number(clientBits) : given.has('client_max_window_bits') || undefined,
  }
}

function isAllowed(name: string, value: string | undefined): boolean {
  switch (name) {
    case 'server_no_context_takeover':
    case 'client_no_context_takeover':
      return value === undefined
    case 'server_max_window_bits':
      return value !== undefined && isWindowBits(value)
    case 'client_max_window_bits':
      return value === undefined || isWindowBits(value)
    default:
      return false
  }
}

/** Section 7.1.2: "a decimal integer value without leading zeroes between 8 to 15, inclusive". */
function isWindowBits(value: string): boolean {
  const bits = Number(value)
  return String(bits) === value && Number.isInteger(bits) && bits >= SMALLEST_WINDOW_BITS && bits <= LARGEST_WINDOW_BITS
}
