import { createServer } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import { catalogue } from './attack/catalogue.ts'
import { main } from './main.ts'

async function run(...args: string[]) {
  const said = { out: '', err: '' }
  const code = await main(args, {
    width: 100,
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
  })
  return { code, ...said }
}

describe('the command line', () => {
  it('says what it can do, to whoever asks', async () => {
    expect(await run('--help')).toMatchObject({ code: 0, out: expect.stringContaining('attack URL'), err: '' })
    expect(await run('attack', '--help')).toMatchObject({ code: 0, out: expect.stringContaining('--credentials') })
    expect(await run('--version')).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })

  it.each([
    [['bake'], 'no command "bake"'],
    [['attack'], 'needs one URL'],
    [['attack', 'not a url'], 'no URL'],
    [['attack', 'ftp://localhost'], 'no URL'],
    [['attack', 'ws://localhost:1', '--only', 'charm'], 'no attack "charm"'],
    [['attack', 'ws://localhost:1', '--nonsense'], "Unknown option '--nonsense'"],
    [['attack', 'ws://example.com'], '--i-own-this-server'],
    [['attack', 'ws://127.0.0.1.example.com'], '--i-own-this-server'],
  ])('refuses %j with a sentence', async (args, sentence) => {
    expect(await run(...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(sentence) })
  })

  it('lists every attack, each under a name of its own', async () => {
    const { out } = await run('attack', '--list')
    for (const { name, threat } of catalogue) {
      expect(out).toContain(name)
      expect(threat.length).toBeGreaterThan(10)
    }
    expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length)
  })

  it('says so when there is nobody, or nobody who speaks the protocol', async () => {
    expect(await run('attack', 'ws://127.0.0.1:1')).toMatchObject({ code: 2, err: expect.stringContaining('ECONN') })
    const http = createServer((_request, response) => response.end('hello'))
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void http.close())
    const { port } = http.address() as { port: number }
    expect(await run('attack', `ws://127.0.0.1:${port}`)).toMatchObject({
      code: 2,
      err: expect.stringContaining('could not'),
    })
  })
})
