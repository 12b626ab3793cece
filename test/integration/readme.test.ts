import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished, vi } from 'vitest'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const folder = new URL('../.tmp/readme/', import.meta.url)

/** The fenced programs of README.md, by the file name that each begins with. */
const programs = new Map(
  [...readme.matchAll(/```ts\n\/\/ (\w+\.ts)([^`]*?\n[\s\S]*?)```/g)].map(([, name, code]) => [
    name as string,
    code as string,
  ]),
)

describe('the programs of README.md', () => {
  it('are a contract, a server and a client, in less than 40 lines together', () => {
    expect([...programs.keys()]).toEqual(['contract.ts', 'server.ts', 'client.ts'])
    const lines = [...programs.values()]
      .flatMap((code) => code.split('\n').slice(1))
      .filter((line) => line.trim() !== '')
    expect(lines.length).toBeLessThan(40)
  })

  it('run as they stand, and the message arrives', async () => {
    const free = 20_000 + Math.floor(Math.random() * 20_000)
    mkdirSync(folder, { recursive: true })
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const [name, code] of programs)
      writeFileSync(new URL(name, folder), `//${code.replaceAll('3000', String(free))}`)
    const log = vi.spyOn(console, 'log').mockImplementation(() => {})
    onTestFinished(() => log.mockRestore())
    const { server } = await import(/* @vite-ignore */ fileURLToPath(new URL('server.ts', folder)))
    const { client } = await import(/* @vite-ignore */ fileURLToPath(new URL('client.ts', folder)))
    await vi.waitFor(() => expect(log.mock.calls.flat()).toEqual(['connected', 'ada: hello']))
    await client.close()
    await server.close()
  })
})
