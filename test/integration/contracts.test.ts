import { connect } from '@wirepact/client/node'
import { contract, event, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { z } from 'zod'

const ours = contract({
  server: {
    a: { same: procedure({ input: z.object({ n: z.number() }), output: z.number() }) },
    changed: procedure({ input: z.object({ name: z.string() }), output: z.string() }),
    versioned: procedure({ input: z.string(), output: z.string(), version: 2 }),
    added: procedure({ output: z.string() }),
  },
  client: { first: procedure({ output: z.string() }), same: procedure({ output: z.string() }) },
  events: {
    added: event({ payload: z.number(), onGap: 'skip' }),
    news: event({ topic: z.object({ id: z.string() }), payload: z.number(), onGap: 'skip' }),
  },
})

const theirs = contract({
  server: {
    a: { same: procedure({ input: z.object({ n: z.number() }), output: z.number() }) },
    changed: procedure({ input: z.object({ name: z.number() }), output: z.string() }),
    versioned: procedure({ input: z.string(), output: z.string(), version: 1 }),
    gone: procedure({ output: z.string() }),
  },
  client: { same: procedure({ output: z.string() }) },
  events: { news: event({ topic: z.object({ id: z.string() }), payload: z.number(), onGap: 'skip' }) },
})

async function differing() {
  const server = createServer(ours, {
    handlers: {
      a: { same: ({ input }) => input.n + 1 },
      changed: ({ input }) => input.name,
      versioned: ({ input }) => input,
      added: () => 'new',
    },
  })
  const listening = await listen(server, { port: 0, host: '127.0.0.1' })
  const client = connect(theirs, listening.url, { handlers: { same: () => 'client' } })
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  return { server, client }
}

describe('a client whose contract differs', () => {
  it('calls what is the same, whatever its number is now', async () => {
    const { client } = await differing()
    expect(await client.api.a.same({ n: 1 })).toBe(2)
  })

  it('is told by validation that the contracts differ, and where', async () => {
    const { client } = await differing()
    await expect(client.api.changed({ name: 7 })).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(/at \.name.*contracts differ.*changed/),
      data: { contractsDiffer: true },
    })
  })

  it('fails as incompatible where the version was bumped', async () => {
    const { client } = await differing()
    await expect(client.api.versioned('x')).rejects.toMatchObject({ code: 'incompatible' })
  })

  it('fails as unimplemented where the server has no such procedure', async () => {
    const { client } = await differing()
    await expect(client.api.gone()).rejects.toMatchObject({
      code: 'unimplemented',
      message: expect.stringContaining('gone'),
    })
  })

  it('is called by the server with its own numbers, and fails alone where it lacks a procedure', async () => {
    const { client, server } = await differing()
    await client.connected()
    const [connection] = [...server.connections]
    expect(await connection?.api.same()).toBe('client')
    await expect(connection?.api.first()).rejects.toMatchObject({ code: 'unimplemented' })
  })

  it('subscribes to events by the server’s number', async () => {
    const { client, server } = await differing()
    const seen: number[] = []
    await client.events.news.subscribe({ id: 'x' }, { next: (n) => seen.push(n) }).ready
    await server.events.added.publish(1)
    await server.events.news.publish({ id: 'x' }, 2)
    await vi.waitFor(() => expect(seen).toEqual([2]))
  })
})
