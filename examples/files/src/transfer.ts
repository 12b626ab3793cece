import type { Client } from '@wirepact/client'
import { WirepactError } from '@wirepact/protocol'
import type { files, StoredFile } from './contract.ts'

/** What both ends of this page or program share: nothing here knows of disks, or of Node.js. */
export type FilesApi = Client<typeof files>['api']

/** Adds up a SHA-256 as bytes come. */
export interface Hasher {
  update(bytes: Uint8Array): void
  hex(): string
}

/** How a transfer is watched and held. */
export interface TransferOptions {
  readonly hasher: () => Hasher
  /** Hears how many bytes have arrived where they are to be, and how many of them were there before. */
  readonly progress?: ((stored: number, resumed: number) => void) | undefined
  /** Awaited before each chunk: a promise that waits is a pause. The other side keeps all it has. */
  readonly gate?: (() => Promise<void> | undefined) | undefined
  /** Ends the transfer. What has arrived stays, and the same transfer goes on with it. */
  readonly signal?: AbortSignal | undefined
}

/** A file to be sent. */
export interface Source {
  readonly name: string
  readonly bytes: number
  readonly version: string
  /** Its bytes from one offset to another. A chunk is good until the next is asked for. */
  read(from: number, to: number): AsyncIterable<Uint8Array>
}

/** Where a file is to be put. */
export interface Sink {
  /** Bytes that are there already, of the same version. */
  readonly stored: number
  /** These bytes. */
  read(): AsyncIterable<Uint8Array>
  /** Adds a chunk. The chunk must not be kept. */
  write(chunk: Uint8Array): Promise<void>
}

/** The two ends came to different sums. What was received is worth nothing. */
export class ChecksumError extends Error {}

/** A session that is lost for good ends its transfers; each begins again from what has arrived. This often without any. */
const FRUITLESS_TRIES = 10

/**
 * Sends a file, from where an earlier try of the same file stopped. Gives its checksum.
 * @throws WirepactError with what the contract declares for `put`
 */
export function upload(
  api: FilesApi,
  source: Source,
  { hasher, progress, gate, signal, replace }: TransferOptions & { readonly replace: boolean },
): Promise<string> {
  const { name, bytes, version } = source
  return untilDone(async (arrived) => {
    const stream = api.put({ name, bytes, version, replace }, { signal })
    const hash = hasher()
    try {
      const first = await stream.next()
      // The call is over before it began: its result says why.
      if (first.done === true) return (await stream.result).sha256
      const { stored: resumed } = first.value
      const tell = (stored: number) => {
        arrived(stored)
        progress?.(stored, resumed)
      }
      tell(resumed)
      const watching = forEach(stream, ({ stored }) => tell(stored))
      for await (const chunk of source.read(0, resumed)) hash.update(chunk)
      for await (const chunk of source.read(resumed, bytes)) {
        await gate?.()
        hash.update(chunk)
        await stream.write(chunk)
      }
      await stream.write({ sha256: hash.hex() })
      const { sha256 } = await stream.end()
      await watching
      tell(bytes)
      return sha256
    } catch (error) {
      stream.cancel(error)
      throw error
    }
  })
}

/**
 * Gets a file, from where an earlier try of the same version stopped. Gives its checksum.
 * @throws ChecksumError, and WirepactError with what the contract declares for `get`
 */
export async function download(
  api: FilesApi,
  { name, bytes, version }: Pick<StoredFile, 'name' | 'bytes' | 'version'>,
  sink: Sink,
  { hasher, progress, gate, signal }: TransferOptions,
): Promise<string> {
  const hash = hasher()
  const resumed = sink.stored
  for await (const chunk of sink.read()) hash.update(chunk)
  progress?.(resumed, resumed)
  const theirs = await untilDone(async (arrived) => {
    const stream = api.get({ name, offset: sink.stored, version }, { signal })
    for await (const chunk of stream) {
      await gate?.()
      hash.update(chunk)
      await sink.write(chunk)
      arrived(sink.stored)
      progress?.(sink.stored, resumed)
    }
    return (await stream.result).sha256
  })
  const ours = hash.hex()
  if (ours === theirs && sink.stored === bytes) return ours
  throw new ChecksumError(`${name} came with the checksum ${ours}, and left with ${theirs}`)
}

async function untilDone<Result>(attempt: (arrived: (stored: number) => void) => Promise<Result>): Promise<Result> {
  let most = 0
  for (let fruitless = 0; ; ) {
    try {
      return await attempt((stored) => {
        if (stored <= most) return
        most = stored
        fruitless = 0
      })
    } catch (error) {
      // Its session is gone, as after a restart. A new call waits for the connection by itself.
      if (!(error instanceof WirepactError && error.code === 'connection-lost') || ++fruitless > FRUITLESS_TRIES)
        throw error
    }
  }
}

async function forEach<Item>(items: AsyncIterable<Item>, use: (item: Item) => void): Promise<void> {
  try {
    for await (const item of items) use(item)
  } catch {
    // How the call failed is heard where its result is waited for.
  }
}
