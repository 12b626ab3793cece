import type { FileHandle } from 'node:fs/promises'
import { CHUNK_BYTES } from './contract.ts'

const READ_BYTES = 1024 * 1024

/**
 * Reads a file from an offset to its end, or to another. All chunks are in the same memory: what one holds is good until
 * the next is asked for, so that a file of any length costs the same.
 */
export async function* bytesOf(
  handle: FileHandle,
  { from = 0, to = Number.MAX_SAFE_INTEGER } = {},
): AsyncGenerator<Uint8Array, void> {
  const memory = new Uint8Array(READ_BYTES)
  for (let at = from; at < to; ) {
    const { bytesRead } = await handle.read(memory, 0, Math.min(READ_BYTES, to - at), at)
    if (bytesRead === 0) return
    yield memory.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** As it is sent: one read is many items, because each read is a trip to another thread. */
export async function* itemsOf(handle: FileHandle, from: number, to?: number): AsyncGenerator<Uint8Array, void> {
  for await (const bytes of bytesOf(handle, { from, ...(to === undefined ? {} : { to }) }))
    for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES)
}

/** Writes all of a chunk: the system may take less at once, on a disk that is nearly full for example. */
export async function writeAll(handle: FileHandle, chunk: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, at + done)
    done += bytesWritten
  }
}
