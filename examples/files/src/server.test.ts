import { createHash, randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { connect } from '@wirepact/client/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { get, list, put } from './commands.ts'
import { files } from './contract.ts'
import { nodeHasher, openSource } from './local-file.ts'
import { type RunningFiles, startFiles } from './server.ts'
import { upload } from './transfer.ts'

describe('the server of files', () => {
  let folder: string
  let running: RunningFiles
  const quiet = { progress: () => {}, replace: false }
  const start = (port = 0) =>
    startFiles({
      ...{ port, host: '127.0.0.1', token: 'a-token', folder: join(folder, 'stored') },
      page: pathToFileURL(`${folder}/`),
    })

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'files-'))
    running = await start()
  })
  afterEach(async () => {
    await running.close()
    rmSync(folder, { recursive: true })
  })

  const client = () => {
    const { origin } = new URL(running.url)
    return connect(files, `${origin.replace('http', 'ws')}/rpc`, {
      credentials: 'a-token',
      reconnect: { baseMs: 20, capMs: 50, firstMs: 20 },
    })
  }
  const local = (name: string, content: Uint8Array) => {
    writeFileSync(join(folder, name), content)
    return join(folder, name)
  }

  it.each([0, 1, 32 * 1024, 1_000_003])('stores and gives back %d bytes', async (length) => {
    const content = randomBytes(length)
    const sum = createHash('sha256').update(content).digest('hex')
    expect(await put(running.url, local('a', content), undefined, quiet)).toBe(sum)
    expect(await get(running.url, 'a', join(folder, 'b'), quiet)).toBe(sum)
    expect(readFileSync(join(folder, 'b')).equals(content)).toBe(true)
    expect((await list(running.url))[0]).toMatch(/ a$/)
  })

  it('goes on with an upload after it was started anew', async () => {
    const content = randomBytes(8 * 1024 * 1024)
    const source = await openSource(local('a', content))
    const uploader = client()
    const resumes = new Set<number>()
    let restarted: Promise<void> | undefined
    const restart = async () => {
      const { port } = new URL(running.url)
      await running.close()
      running = await start(Number(port))
    }
    const sum = await upload(uploader.api, source, {
      ...{ hasher: nodeHasher, replace: false },
      progress(stored, resumed) {
        resumes.add(resumed)
        if (stored >= 2 * 1024 * 1024) restarted ??= restart()
      },
    })
    await restarted
    expect(sum).toBe(createHash('sha256').update(content).digest('hex'))
    expect([...resumes].length).toBeGreaterThan(1)
    expect(Math.max(...resumes)).toBeGreaterThanOrEqual(2 * 1024 * 1024)
    expect(readFileSync(join(folder, 'stored/a')).equals(content)).toBe(true)
    await uploader.close()
    await source.close()
  })

  it.each(['../../a', '/etc/passwd', '..', '.partial/x', 'a\\b'])('refuses the name %j with a type', async (name) => {
    mkdirSync(join(folder, 'etc'))
    const visitor = client()
    const { api } = visitor
    const sending = api.put({ name, bytes: 1, version: '', replace: true })
    await expect(sending.result).rejects.toMatchObject({ code: 'BAD_NAME', declared: true })
    await expect(api.get({ name, offset: 0, version: '' }).result).rejects.toMatchObject({ code: 'BAD_NAME' })
    await visitor.close()
  })

  it('gives nothing of a file that is not the one that was asked for', async () => {
    await put(running.url, local('a', new Uint8Array(10)), undefined, quiet)
    const visitor = client()
    const { api } = visitor
    const { files: all } = await api.list()
    const { version } = all[0] ?? { version: '' }
    await expect(api.get({ name: 'a', offset: 0, version: 'another' }).result).rejects.toMatchObject({
      ...{ code: 'CHANGED', data: { version } },
    })
    await expect(api.get({ name: 'a', offset: 11, version }).result).rejects.toMatchObject({ code: 'CHANGED' })
    await expect(api.get({ name: 'b', offset: 0, version }).result).rejects.toMatchObject({ code: 'NOT_FOUND' })
    await visitor.close()
  })

  it('is closed to whoever has another token', async () => {
    await expect(list(running.url.replace('a-token', 'a-guess'))).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})
