import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Store, type StoreOptions } from './store.ts'
import { isDiskFull } from './store-error.ts'

const sum = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('a store', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'files-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const make = (options: Partial<StoreOptions> = {}) => new Store({ folder, ...options })
  const announced = (name: string, bytes: number, more = {}) => ({
    name,
    bytes,
    version: 'v1',
    replace: false,
    ...more,
  })
  const put = async (store: Store, name: string, content: Uint8Array, more = {}) => {
    const partial = await store.begin(announced(name, content.length, more))
    await partial.write(content.subarray(partial.stored))
    await partial.finish(sum(content)).finally(() => partial.close())
  }

  it('shows a file under its name only when all of it is there', async () => {
    const store = make()
    const content = randomBytes(300_000)
    const partial = await store.begin(announced('a.bin', content.length))
    await partial.write(content.subarray(0, 100_000))
    expect(await store.files()).toEqual([])
    expect(await store.unfinished()).toEqual([{ name: 'a.bin', bytes: 300_000, stored: 100_000 }])
    await partial.write(content.subarray(100_000))
    await partial.finish(sum(content))
    await partial.close()
    expect(readFileSync(join(folder, 'a.bin')).equals(content)).toBe(true)
    expect((await store.files()).map(({ name, bytes }) => [name, bytes])).toEqual([['a.bin', 300_000]])
    expect(await store.unfinished()).toEqual([])
    expect(readdirSync(join(folder, '.partial'))).toEqual([])
  })

  it('goes on where an upload stopped, in another process too', async () => {
    const content = randomBytes(200_000)
    const first = await make().begin(announced('a', content.length))
    await first.write(content.subarray(0, 70_001))
    await first.close()
    const second = await make().begin(announced('a', content.length))
    expect(second.stored).toBe(70_001)
    await second.write(content.subarray(70_001))
    expect(await second.finish(sum(content))).toBe(sum(content))
    await second.close()
  })

  it('begins anew for another version, and for another length', async () => {
    const store = make()
    const first = await store.begin(announced('a', 10))
    await first.write(new Uint8Array(5))
    await first.close()
    for (const other of [announced('a', 10, { version: 'v2' }), announced('a', 11)]) {
      const partial = await store.begin(other)
      expect(partial.stored).toBe(0)
      await partial.close()
    }
  })

  it('lets the newest of several writers go on, though the others say nothing', async () => {
    const store = make()
    const first = await store.begin(announced('a', 10))
    await first.write(new Uint8Array(4))
    const [second, third] = await Promise.allSettled([store.begin(announced('a', 10)), store.begin(announced('a', 10))])
    const last = third.status === 'fulfilled' ? third.value : undefined
    expect(last?.stored).toBe(4)
    await expect(first.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'TAKEN_OVER' })
    if (second.status === 'fulfilled')
      await expect(second.value.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'TAKEN_OVER' })
    await last?.write(new Uint8Array(6))
    await last?.finish(sum(new Uint8Array(10)))
    await last?.close()
  })

  it('keeps nothing of what has another checksum than its sender says', async () => {
    const store = make()
    const partial = await store.begin(announced('a', 4))
    await partial.write(new Uint8Array(4))
    await expect(partial.finish(sum(new Uint8Array(5)))).rejects.toMatchObject({ code: 'CHECKSUM' })
    await partial.close()
    expect([await store.files(), await store.unfinished()]).toEqual([[], []])
  })

  it('takes neither more nor fewer bytes than were announced', async () => {
    const store = make()
    const partial = await store.begin(announced('a', 4))
    await expect(partial.write(new Uint8Array(5))).rejects.toMatchObject({ code: 'WRONG_LENGTH' })
    await expect(partial.finish(sum(new Uint8Array(0)))).rejects.toMatchObject({ code: 'WRONG_LENGTH' })
    await partial.close()
  })

  it('replaces a file only when told to, and never one that came meanwhile', async () => {
    const store = make()
    const late = await store.begin(announced('a', 1, { version: 'late' }))
    await put(store, 'a', new Uint8Array([1]))
    await expect(store.begin(announced('a', 2))).rejects.toMatchObject({ code: 'EXISTS', data: { bytes: 1 } })
    await late.write(new Uint8Array([3]))
    await expect(late.finish(sum(new Uint8Array([3])))).rejects.toMatchObject({ code: 'EXISTS' })
    await late.close()
    await put(store, 'a', new Uint8Array([2, 2]), { replace: true })
    expect([...readFileSync(join(folder, 'a'))]).toEqual([2, 2])
  })

  it('refuses what is too large, what is above its quota, and what the disk has no room for', async () => {
    const store = make({ fileBytes: 100, quotaBytes: 150, freeBytes: async () => 90 })
    await expect(store.begin(announced('a', 101))).rejects.toMatchObject({
      code: 'TOO_LARGE',
      data: { limitBytes: 100 },
    })
    await expect(store.begin(announced('a', 91))).rejects.toMatchObject({ code: 'DISK_FULL', data: { freeBytes: 90 } })
    await put(store, 'a', new Uint8Array(80))
    await expect(store.begin(announced('b', 71))).rejects.toMatchObject({ code: 'QUOTA', data: { leftBytes: 70 } })
    // What is being sent counts with all that it will have.
    const open = await store.begin(announced('b', 60))
    await expect(store.begin(announced('c', 11))).rejects.toMatchObject({ code: 'QUOTA', data: { leftBytes: 10 } })
    await open.close()
  })

  it.runIf(existsSync('/dev/full'))('knows what a system says whose disk is full', async () => {
    const full = await open('/dev/full', 'w')
    const error = await full.write('x').catch((thrown: unknown) => thrown)
    await full.close()
    expect(isDiskFull(error)).toBe(true)
    expect(isDiskFull(new Error('something else'))).toBe(false)
  })

  it.each(['../outside', '/etc/passwd', '.partial', '..', 'a/../../b', 'a\\b', 'nul', 'x\0y'])(
    'has nothing to do with the name %j',
    async (name) => {
      const store = make()
      writeFileSync(join(folder, '..', 'outside'), 'secret')
      await expect(store.begin(announced(name, 1))).rejects.toMatchObject({ code: 'BAD_NAME' })
      await expect(store.open(name)).rejects.toMatchObject({ code: 'BAD_NAME' })
      rmSync(join(folder, '..', 'outside'))
    },
  )

  it('gives files only: no folders, and nothing that a link leads to', async () => {
    const store = make()
    mkdirSync(join(folder, 'folder'))
    symlinkSync('/etc/passwd', join(folder, 'link'))
    writeFileSync(join(folder, '.hidden'), '')
    expect(await store.files()).toEqual([])
    for (const name of ['folder', 'link', 'nothing'])
      await expect(store.open(name)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})
