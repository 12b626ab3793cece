import { createHash } from 'node:crypto'
import { constants, mkdirSync } from 'node:fs'
import { lstat, open, readdir, readFile, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { StoredFile, UnfinishedFile } from './contract.ts'
import { badName } from './file-name.ts'
import { Partial } from './partial.ts'
import { StoreError } from './store-error.ts'

export interface StoreOptions {
  /** Where the files are. It is made when it is not there. */
  readonly folder: string
  /** Bytes of one file at most. @default no limit but the disk's */
  readonly fileBytes?: number | undefined
  /** Bytes of all files together at most, those of unfinished ones included. @default no limit but the disk's */
  readonly quotaBytes?: number | undefined
  /** Bytes that can still be written. @default what the file system says */
  readonly freeBytes?: (() => Promise<number>) | undefined
}

/** What is going to be uploaded. */
export interface Announced {
  readonly name: string
  readonly bytes: number
  readonly version: string
  readonly replace: boolean
}

/** What is not in a listing, and cannot be the name of a file. */
const UNFINISHED = '.partial'

// Theory of operation
//
// Files lie in one folder under their own names. What is being uploaded lies in a folder below, under a name made of a
// hash of what was announced (name, length, version): whoever announces the same goes on with it, and parts of different
// files never meet. Beside it lies what was announced, for listings. A file gets its name in one step when all of it is
// there and its checksum is right, so that nobody ever reads half a file.

/** The files of one folder. Names are checked here, whoever asks. */
export class Store {
  readonly #options: StoreOptions
  readonly #unfinished: string
  /** Uploads that are being written, by the names of their parts. */
  readonly #open = new Map<string, Partial>()

  /** @throws when the folder cannot be made */
  constructor(options: StoreOptions) {
    this.#options = options
    this.#unfinished = join(options.folder, UNFINISHED)
    mkdirSync(this.#unfinished, { recursive: true })
  }

  /** Files that anybody may get: no folders, no links, nothing whose name could not have been sent. */
  async files(): Promise<StoredFile[]> {
    const found: StoredFile[] = []
    for (const name of (await readdir(this.#options.folder)).sort()) {
      const file = badName(name) === undefined ? await this.#stat(name) : undefined
      if (file !== undefined) found.push(file)
    }
    return found
  }

  async unfinished(): Promise<UnfinishedFile[]> {
    return (await this.#notes()).map(({ name, bytes, stored }) => ({ name, bytes, stored }))
  }

  freeBytes(): Promise<number> {
    return this.#options.freeBytes?.() ?? freeOn(this.#options.folder)
  }

  /**
   * Goes on with an upload, or begins it. Whoever was writing it before has lost it.
   * @throws StoreError when it may not be
   */
  async begin(announced: Announced): Promise<Partial> {
    const { name, bytes, replace } = announced
    const target = this.#pathOf(name)
    const id = idOf(announced)
    const [path, note] = ['data', 'json'].map((end) => join(this.#unfinished, `${id}.${end}`)) as [string, string]
    const forget = () => {
      if (this.#open.get(id) === partial) this.#open.delete(id)
    }
    const partial = new Partial({ path, note, target, bytes, replace, forget })
    const before = this.#open.get(id)
    // Before anything is waited for: whoever comes next takes over from this one.
    this.#open.set(id, partial)
    return partial.open(async () => {
      await before?.takeOver()
      await this.#check(announced, id)
      await writeFile(note, JSON.stringify({ name, bytes }))
    })
  }

  /**
   * A file that is open for reading, and what it is.
   * @throws StoreError when it is not there
   */
  async open(name: string) {
    const path = this.#pathOf(name)
    // Not through a link, wherever it leads.
    const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => undefined)
    const stat = await handle?.stat()
    if (handle !== undefined && stat?.isFile()) return { handle, bytes: stat.size, version: versionOf(stat) }
    await handle?.close()
    throw new StoreError('NOT_FOUND', undefined)
  }

  #pathOf(name: string): string {
    const reason = badName(name)
    if (reason !== undefined) throw new StoreError('BAD_NAME', { reason })
    return join(this.#options.folder, name)
  }

  async #stat(name: string): Promise<StoredFile | undefined> {
    const stat = await lstat(join(this.#options.folder, name)).catch(() => undefined)
    if (stat === undefined || !stat.isFile()) return undefined
    return { name, bytes: stat.size, modifiedAt: stat.mtime, version: versionOf(stat) }
  }

  async #check({ name, bytes, replace }: Announced, id: string): Promise<void> {
    const { fileBytes = Number.MAX_SAFE_INTEGER, quotaBytes } = this.#options
    if (bytes > fileBytes) throw new StoreError('TOO_LARGE', { limitBytes: fileBytes })
    const there = await this.#stat(name)
    if (there !== undefined && !replace) throw new StoreError('EXISTS', { bytes: there.bytes })
    if (quotaBytes !== undefined) {
      const leftBytes = Math.max(0, quotaBytes - (await this.#takenBytes(id)))
      if (bytes > leftBytes) throw new StoreError('QUOTA', { leftBytes })
    }
    const stored = (await lstat(join(this.#unfinished, `${id}.data`)).catch(() => undefined))?.size ?? 0
    const freeBytes = await this.freeBytes()
    if (bytes - stored > freeBytes) throw new StoreError('DISK_FULL', { freeBytes })
  }

  /** By everything but one upload. What is being written will have all of its bytes; what rests has those it has. */
  async #takenBytes(except: string): Promise<number> {
    const complete = (await this.files()).map(({ bytes }) => bytes)
    const resting = (await this.#notes()).map(({ id, stored }) => (id === except || this.#open.has(id) ? 0 : stored))
    const open = [...this.#open].map(([id, { bytes }]) => (id === except ? 0 : bytes))
    return [...complete, ...resting, ...open].reduce((sum, bytes) => sum + bytes, 0)
  }

  async #notes(): Promise<(UnfinishedFile & { readonly id: string })[]> {
    const found: (UnfinishedFile & { readonly id: string })[] = []
    for (const note of (await readdir(this.#unfinished)).filter((name) => name.endsWith('.json')).sort()) {
      const id = note.slice(0, -'.json'.length)
      try {
        const { name, bytes } = JSON.parse(await readFile(join(this.#unfinished, note), 'utf8'))
        const { size: stored } = await lstat(join(this.#unfinished, `${id}.data`))
        found.push({ id, name, bytes, stored })
      } catch {
        // It was finished meanwhile, or nothing of it was written yet.
      }
    }
    return found
  }
}

async function freeOn(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

function idOf({ name, bytes, version }: Announced): string {
  return createHash('sha256')
    .update(JSON.stringify([name, bytes, version]))
    .digest('hex')
    .slice(0, 32)
}

function versionOf({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string {
  return `${size}-${mtimeMs}`
}
