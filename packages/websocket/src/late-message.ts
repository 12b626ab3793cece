/** A message that the extension works on, and what came while it does. */
export class LateMessage {
  readonly isText: boolean
  /** What came behind it, in its order and as it came. Little: the transport is asked to wait. */
  readonly chunks: Uint8Array[] = []
  /** Bytes of memory held by all of it. */
  bytes: number

  constructor(isText: boolean, messageBytes: number) {
    this.isText = isText
    this.bytes = messageBytes
  }

  hold(chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.bytes += chunk.length
  }
}
