import type { ConnectionLimits } from '../../limits.ts'
import { Compression, type CompressionOptions } from '../compression.ts'

/** What `ws` takes for compression, as far as it means something here. */
export interface PerMessageDeflate {
  readonly threshold?: number | undefined
  readonly serverNoContextTakeover?: boolean | undefined
  readonly clientNoContextTakeover?: boolean | undefined
  readonly serverMaxWindowBits?: number | undefined
  readonly clientMaxWindowBits?: number | undefined
  readonly zlibDeflateOptions?: { readonly level?: number; readonly memLevel?: number } | undefined
}

/** Options that both ends of `ws` know. */
export interface SharedOptions {
  /** Largest message accepted, in bytes; 0 for 2 GiB. Above it: close with 1009. @default 104857600, as ws */
  readonly maxPayload?: number | undefined
  readonly perMessageDeflate?: boolean | PerMessageDeflate | undefined
  /** Time the peer has to answer a close, in milliseconds. @default 30000, as ws */
  readonly closeTimeout?: number | undefined
  /** Bounds of this package that `ws` does not have, such as `bufferBytes`. */
  readonly limits?: Partial<ConnectionLimits> | undefined
}

const LARGEST_BYTES = 0x7fff_ffff

export function limitsOf(options: SharedOptions): Partial<ConnectionLimits> {
  const { maxPayload = 100 * 1024 * 1024, closeTimeout = 30_000, limits } = options
  const bytes = maxPayload === 0 ? LARGEST_BYTES : maxPayload
  return { messageBytes: bytes, frameBytes: bytes, closeTimeoutMs: closeTimeout, ...limits }
}

export function compressionOf(
  option: boolean | PerMessageDeflate | undefined,
  role: 'client' | 'server',
): Compression | undefined {
  if (typeof option !== 'object') return Compression.of(option)
  const { threshold, serverNoContextTakeover, clientNoContextTakeover, zlibDeflateOptions = {} } = option
  const server = { noTakeover: serverNoContextTakeover, bits: option.serverMaxWindowBits }
  const client = { noTakeover: clientNoContextTakeover, bits: option.clientMaxWindowBits }
  const [own, peer] = role === 'server' ? [server, client] : [client, server]
  const given: CompressionOptions = {
    ...(threshold === undefined ? {} : { thresholdBytes: threshold }),
    sendTakeover: own.noTakeover !== true,
    receiveTakeover: peer.noTakeover !== true,
    ...(own.bits === undefined ? {} : { sendWindowBits: own.bits }),
    ...(peer.bits === undefined ? {} : { receiveWindowBits: peer.bits }),
    ...(zlibDeflateOptions.level === undefined ? {} : { level: zlibDeflateOptions.level }),
    ...(zlibDeflateOptions.memLevel === undefined ? {} : { memLevel: zlibDeflateOptions.memLevel }),
  }
  return Compression.of(given)
}
