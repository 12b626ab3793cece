import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises'
import { bytesOf, writeAll } from './file-bytes.ts'
import { isDiskFull, StoreError } from './store-error.ts'

interface PartialOptions {
  /** Where its bytes are until it is finished. */
  readonly path: string
  /** Where is written what it will be. */
  readonly note: string
  /** Where it will be. */
  readonly target: string
  /** All that it will have. */
  readonly bytes: number
  readonly replace: boolean
  /** Called when it is closed. */
  readonly forget: () => void
}

/** An upload that is not finished. One writer at a time holds it; what is written stays when it is closed. */
export class Partial {
  readonly #options: PartialOptions
  readonly #hash = createHash('sha256')
  #handle: FileHandle | undefined
  #stored = 0
  #takenOver = false
  #closed: Promise<void> | undefined
  /** What is being done with the file. */
  #busy: Promise<unknown> = Promise.resolve()

  constructor(options: PartialOptions) {
    this.#options = options
  }

  /** All that it will have. */
  get bytes(): number {
    return this.#options.bytes
  }

  /** Bytes that are there. */
  get stored(): number {
    return this.#stored
  }

  get missing(): number {
    return this.#options.bytes - this.#stored
  }

  /**
   * Makes room with `prepare`, then reads what is there already, because the checksum is of the whole.
   * @throws StoreError, and what `prepare` throws; then it is closed
   */
  open(prepare: () => Promise<void>): Promise<this> {
    return this.#do(async () => {
      try {
        await prepare()
        const { path, bytes } = this.#options
        this.#handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600)
        for await (const chunk of bytesOf(this.#handle)) {
          this.#hash.update(chunk)
          this.#stored += chunk.length
          this.#checkHeld()
        }
        if (this.#stored > bytes) throw new StoreError('WRONG_LENGTH', { stored: this.#stored })
        return this
      } catch (error) {
        await this.close()
        throw error
      }
    })
  }

  /** Adds bytes at the end. @throws StoreError when they are too many, when the disk is full, and when it was taken over */
  write(chunk: Uint8Array): Promise<void> {
    return this.#do(async () => {
      this.#checkHeld()
      if (chunk.length > this.missing) throw new StoreError('WRONG_LENGTH', { stored: this.#stored })
      try {
        await writeAll(this.#handle as FileHandle, chunk, this.#stored)
      } catch (error) {
        // What was written of the chunk is cut off: the checksum does not know it.
        await this.#handle?.truncate(this.#stored).catch(() => {})
        throw isDiskFull(error) ? new StoreError('DISK_FULL', { freeBytes: 0 }) : error
      }
      this.#hash.update(chunk)
      this.#stored += chunk.length
    })
  }

  /** Gives the file its name. @throws StoreError when it is not what was announced; then nothing of it is kept */
  finish(sha256: string): Promise<string> {
    return this.#do(async () => {
      this.#checkHeld()
      if (this.missing > 0) throw new StoreError('WRONG_LENGTH', { stored: this.#stored })
      const { path, note, target, replace } = this.#options
      const own = this.#hash.digest('hex')
      if (own !== sha256) {
        await rm(path)
        await rm(note, { force: true })
        throw new StoreError('CHECKSUM', { sha256: own })
      }
      await this.#handle?.datasync()
      if (replace) await rename(path, target)
      else await linkNew(path, target)
      await rm(note, { force: true })
      return own
    })
  }

  /** For the next writer: the present one has lost it, even if it never asks again. Resolves when it has been closed. */
  async takeOver(): Promise<void> {
    this.#takenOver = true
    await this.#busy.catch(() => {})
    await this.close()
  }

  /** Idempotent. */
  close(): Promise<void> {
    this.#closed ??= (async () => {
      await this.#handle?.close()
      this.#options.forget()
    })()
    return this.#closed
  }

  #do<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = work()
    this.#busy = done
    return done
  }

  #checkHeld(): void {
    if (this.#takenOver) throw new StoreError('TAKEN_OVER', undefined)
  }
}

/** A rename that replaces nothing: somebody else may have finished a file of that name meanwhile. */
async function linkNew(path: string, target: string): Promise<void> {
  try {
    await link(path, target)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new StoreError('EXISTS', { bytes: 0 })
  }
  await rm(path)
}
