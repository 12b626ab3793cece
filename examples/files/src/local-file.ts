import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, rm, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { StoredFile } from './contract.ts'
import { bytesOf, itemsOf, writeAll } from './file-bytes.ts'
import type { Hasher, Sink, Source } from './transfer.ts'

/** Node's own: several times as fast as one in JavaScript. */
export function nodeHasher(): Hasher {
  const hash = createHash('sha256')
  return { update: (bytes) => void hash.update(bytes), hex: () => hash.digest('hex') }
}

/** A file of this machine, to be sent. */
export async function openSource(path: string, name = basename(path)): Promise<Source & { close(): Promise<void> }> {
  const handle = await open(path, 'r')
  const { size, mtimeMs } = await handle.stat()
  return {
    ...{ name, bytes: size, version: `${size}-${mtimeMs}` },
    read: (from, to) => itemsOf(handle, from, to),
    close: () => handle.close(),
  }
}

/** A file of this machine that is being received. */
export class FileSink implements Sink {
  readonly #path: string
  readonly #part: string
  readonly #handle: FileHandle
  stored: number

  private constructor(path: string, part: string, handle: FileHandle, stored: number) {
    this.#path = path
    this.#part = part
    this.#handle = handle
    this.stored = stored
  }

  /** What comes lies beside the file until it is complete, under a name with its version in it: versions never mix. */
  static async open(path: string, { bytes, version }: Pick<StoredFile, 'bytes' | 'version'>): Promise<FileSink> {
    const mark = createHash('sha256').update(version).digest('hex').slice(0, 12)
    const part = `${path}.${mark}.part`
    const handle = await open(part, constants.O_RDWR | constants.O_CREAT, 0o666)
    const { size } = await handle.stat()
    if (size > bytes) await handle.truncate(0)
    return new FileSink(path, part, handle, size > bytes ? 0 : size)
  }

  read(): AsyncIterable<Uint8Array> {
    return bytesOf(this.#handle, { to: this.stored })
  }

  async write(chunk: Uint8Array): Promise<void> {
    await writeAll(this.#handle, chunk, this.stored)
    this.stored += chunk.length
  }

  /** Gives the file its name. @throws Error with the code EEXIST when there is one, and it is not to be replaced */
  async finish(replace: boolean): Promise<void> {
    await this.#handle.datasync()
    if (replace) return rename(this.#part, this.#path)
    await link(this.#part, this.#path)
    await rm(this.#part)
  }

  /** What came is wrong: nothing is to go on with it. */
  async discard(): Promise<void> {
    await rm(this.#part, { force: true })
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** Whether a file is there. */
export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
