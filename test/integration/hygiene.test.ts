import { inspect } from 'node:util'
import { Target } from '@wirepact/cli/node'
import { connect } from '@wirepact/client/node'
import { contract, procedure } from '@wirepact/contract'
import { Kind } from '@wirepact/protocol'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    store: procedure({ input: z.object({ list: z.array(z.object({ name: z.string() })) }), output: z.string() }),
    fail: procedure({ output: z.string() }),
  },
})

const secret = 'hunter2-correct-horse'

async function setUp(authenticate?: (request: { credentials: unknown }) => unknown) {
  const reports: object[] = []
  const server = createServer(shared, {
    report: (report) => reports.push(report),
    ...(authenticate === undefined ? {} : { authenticate }),
    handlers: {
      store: () => 'stored',
      fail: () => {
        throw new Error(`${secret} at /srv/app/secret.ts`)
      },
    },
  })
  onTestFinished(() => server.close())
  const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
  return { server, url, reports, target: new Target(new URL(url), undefined) }
}

describe('what is told of a bad input', () => {
  it.each([
    ['as many bad items as fit', { list: Array.from({ length: 15_000 }, () => ({})) }],
    ['one with a name as long as fits', { list: [{ name: 1, ['x'.repeat(250)]: 1 }], ['y'.repeat(250)]: 1 }],
  ])('has at most 10 issues and 1 KiB of text: %s', async (_what, input) => {
    const { target } = await setUp()
    const client = await target.guest({ json: true })
    client.sayText(JSON.stringify({ kind: 'call', id: 1, method: 'store', input }))
    const error = await client.until((message) => message.kind === Kind.error)
    client.leave()
    if (error?.kind !== Kind.error) throw new Error('it was not answered')
    const { issues } = error.data as { issues: { path: unknown[]; message: string }[] }
    expect(error.code).toBe('invalid-input')
    expect(issues.length).toBeLessThanOrEqual(10)
    expect(error.message.length).toBeLessThanOrEqual(1_024 + 64)
    expect(JSON.stringify(issues).length).toBeLessThanOrEqual(4_096)
  })
})

describe('what a handler throws', () => {
  it('stays here: the caller gets an incident, whose id the report has with the truth', async () => {
    const { url, reports } = await setUp()
    await using client = connect(shared, url)
    const error = await client.api.fail().catch((thrown) => thrown)
    const { incident } = error.data
    expect(inspect(error, { depth: 9 })).not.toMatch(/hunter2|secret\.ts/)
    expect(error.message).toContain(incident)
    expect(reports).toMatchObject([{ what: 'handler-threw', incident, message: expect.stringContaining(secret) }])
  })
})

describe('credentials', () => {
  it('are in no report of a client that breaks the rules, refused or let in', async () => {
    const { target, reports, server } = await setUp(({ credentials }) => ({ user: typeof credentials }))
    const client = await target.stranger('wirepact.1+json')
    client.sayText(JSON.stringify({ kind: 'hello', fingerprint: '', credentials: secret }))
    await client.until(({ kind }) => kind === Kind.welcome)
    expect(JSON.stringify([...server.connections])).not.toContain(secret)
    client.sayText(`{"kind":"auth","credentials":"${secret}","graceMs":-1}`)
    expect(await client.ended()).toMatchObject({ code: 4400, reason: expect.not.stringContaining(secret) })
    const other = await target.stranger('wirepact.1+json')
    other.sayText(`{"kind":"hello","fingerprint":7,"credentials":"${secret}"}`)
    expect(await other.ended()).toMatchObject({ reason: expect.not.stringContaining(secret) })
    expect(reports.length).toBeGreaterThan(1)
    expect(inspect(reports, { depth: 9, showHidden: true })).not.toContain(secret)
  })

  it('that are refused are in no error and no status of the client', async () => {
    const { url } = await setUp(({ credentials }) => {
      throw new Error(`no such user: ${credentials}`)
    })
    await using client = connect(shared, url, { credentials: secret, report: () => {} })
    const error = await client.api.fail().catch((thrown) => thrown)
    expect(inspect([error, client.status.value, client], { depth: 9, showHidden: true })).not.toContain(secret)
  })

  it.each(['ws://127.0.0.1:1/?ticket=', 'wss://127.0.0.1:1/#ticket=', 'ftp://localhost/?ticket=', 'ws://ann:'])(
    'in an address are in no error and no status: %s',
    async (before) => {
      const address = before.endsWith(':') ? `${before}${secret}@127.0.0.1:1/` : `${before}${secret}`
      const said: unknown[] = []
      try {
        await using client = connect(shared, address, { reconnect: { baseMs: 5, firstMs: 5, capMs: 5 } })
        client.status.subscribe((status) => said.push(status))
        said.push(await client.api.fail(undefined, { timeoutMs: 100 }).catch((thrown) => thrown), client)
      } catch (error) {
        said.push(error)
      }
      expect(said.length).toBeGreaterThan(0)
      expect(inspect(said, { depth: 9, showHidden: true })).not.toContain(secret)
    },
  )
})
