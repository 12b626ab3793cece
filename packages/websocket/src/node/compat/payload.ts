import { Buffer } from 'node:buffer'
import { decodeText } from '../platform.ts'

/** What `ws` takes as a message. */
export type Data = string | number | Buffer | ArrayBuffer | ArrayBufferView | readonly Buffer[]
export type BinaryType = 'nodebuffer' | 'arraybuffer' | 'fragments'
/** What `ws` gives as a message. */
export type RawData = Buffer | ArrayBuffer | Buffer[]

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** Bytes of what is to be sent, not copied where that can be avoided. */
export function toBytes(data: Data): Buffer {
  if (typeof data === 'string') return Buffer.from(data)
  if (typeof data === 'number') return Buffer.from(String(data))
  if (data instanceof ArrayBuffer) return Buffer.from(data)
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  if (Array.isArray(data)) return Buffer.concat(data as Buffer[])
  throw new TypeError('a message is a string, a number, an ArrayBuffer, a view of one or an array of Buffers')
}

/** A message as the 'message' event carries it. */
export function toRawData(bytes: Uint8Array, isText: boolean, binaryType: BinaryType): RawData {
  if (isText || binaryType === 'nodebuffer') return asBuffer(bytes)
  if (binaryType === 'fragments') return [asBuffer(bytes)]
  const { buffer, byteOffset, length } = bytes
  if (byteOffset === 0 && length === buffer.byteLength && buffer instanceof ArrayBuffer) return buffer
  return new Uint8Array(bytes).buffer
}

/** A message as `onmessage` carries it: text as a string. */
export function toEventData(data: RawData, isBinary: boolean): string | RawData {
  return isBinary || !Buffer.isBuffer(data) ? data : decodeText(data, 0, data.length)
}
