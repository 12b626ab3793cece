/** Chunks that came while a message was worked on, in their order. They are kept as they came: the transport is paused. */
export class HeldChunks {
  readonly chunks: Uint8Array[] = []
  /** How many bytes all of them are. */
  bytes = 0

  push(chunk: Uint8Array): void {
    this.chunks.push(chunk)
    this.bytes += chunk.length
  }
}
