import { sha256 } from '@noble/hashes/sha2.js'
import { CHUNK_BYTES, type StoredFile } from '../contract.ts'
import type { Hasher, Sink, Source } from '../transfer.ts'
import type { DiskAnswer, DiskOrder } from './disk-messages.ts'

/** Read at once from the disk, and sent in chunks. */
const READ_BYTES = 32 * CHUNK_BYTES

/** Browsers have SHA-256 only for what is in memory as a whole. */
export function browserHasher(): Hasher {
  const hash = sha256.create()
  return {
    update: (bytes) => void hash.update(bytes),
    hex: () => Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}

/** A file that somebody chose, to be sent. */
export function sourceOf(file: File): Source {
  return {
    ...{ name: file.name, bytes: file.size, version: `${file.size}-${file.lastModified}` },
    async *read(from, to) {
      for (let at = from; at < to; at += READ_BYTES) {
        const bytes = new Uint8Array(await file.slice(at, Math.min(at + READ_BYTES, to)).arrayBuffer())
        for (let begin = 0; begin < bytes.length; begin += CHUNK_BYTES) yield bytes.subarray(begin, begin + CHUNK_BYTES)
      }
    },
  }
}

/** A file on the browser's own disk that is being received. It outlives the page. */
export class BrowserSink implements Sink {
  readonly #file: string
  readonly #worker = new Worker('/disk-worker.js', { type: 'module' })
  stored = 0

  private constructor(file: string) {
    this.#file = file
  }

  static async open({ name, bytes, version }: StoredFile): Promise<BrowserSink> {
    // Versions of a file never mix, and no name means anything to the disk.
    const mark = browserHasher()
    mark.update(new TextEncoder().encode(JSON.stringify([name, version])))
    const sink = new BrowserSink(`${mark.hex().slice(0, 32)}.part`)
    sink.stored = (await sink.#ask({ op: 'open', file: sink.#file })) as number
    if (sink.stored > bytes) await sink.discard()
    return sink
  }

  async *read(): AsyncGenerator<Uint8Array, void> {
    for (let at = 0; at < this.stored; at += READ_BYTES)
      yield (await this.#ask({ op: 'read', at, bytes: Math.min(READ_BYTES, this.stored - at) })) as Uint8Array
  }

  async write(chunk: Uint8Array): Promise<void> {
    const written = await this.#ask({ op: 'write', at: this.stored, chunk: chunk as Uint8Array<ArrayBuffer> })
    if (written !== chunk.length) throw new Error('this browser has no more room for the file')
    this.stored += chunk.length
  }

  async discard(): Promise<void> {
    await this.#ask({ op: 'empty' })
    this.stored = 0
  }

  async close(): Promise<void> {
    await this.#ask({ op: 'close' })
    this.#worker.terminate()
  }

  /** What has come, as a file that a link can save; it is read from the disk, not from memory. */
  async file(): Promise<File> {
    const folder = await navigator.storage.getDirectory()
    return (await folder.getFileHandle(this.#file)).getFile()
  }

  /** The browser's copy is of no use any more. */
  async remove(): Promise<void> {
    await (await navigator.storage.getDirectory()).removeEntry(this.#file)
  }

  #ask(order: DiskOrder): Promise<number | Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#worker.onmessage = ({ data }: MessageEvent<DiskAnswer>) =>
        'error' in data ? reject(new Error(data.error)) : resolve(data.value)
      this.#worker.onerror = () => reject(new Error('this browser has no disk of its own for pages'))
      this.#worker.postMessage(order)
    })
  }
}
