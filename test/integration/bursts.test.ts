import { connect } from '@wirepact/client/node'
import { contract, procedure } from '@wirepact/contract'
import { createServer, type Limits } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    fetch: procedure({ input: z.number(), output: z.instanceof(Uint8Array) }),
    store: procedure({ input: z.instanceof(Uint8Array), output: z.number() }),
  },
})

async function world(limits: Partial<Limits> = {}) {
  const server = createServer(shared, {
    limits,
    report: () => {},
    handlers: {
      // All of them answer in one turn.
      fetch: async ({ input }) => {
        await new Promise((resolve) => setTimeout(resolve, 20))
        return new Uint8Array(input)
      },
      store: ({ input }) => input.length,
    },
  })
  const { url } = await listen(server, { port: 0, host: '127.0.0.1' })
  const client = connect(shared, url, { report: () => {} })
  onTestFinished(async () => {
    await client.close()
    await server.close()
  })
  await client.connected()
  const phases: string[] = []
  client.status.subscribe(({ phase }) => phases.push(phase))
  return { api: client.api, phases }
}

describe('a burst over one connection that reads', () => {
  it('of answers that are more than may wait to leave comes, and cuts nothing', async () => {
    const { api, phases } = await world()
    const answers = await Promise.all(Array.from({ length: 60 }, () => api.fetch(900_000)))
    expect(answers.map(({ length }) => length)).toEqual(Array.from({ length: 60 }, () => 900_000))
    expect(phases).toEqual([])
  })

  it('of inputs that are more than may wait to leave comes, and cuts nothing', async () => {
    const { api, phases } = await world()
    const bytes = new Uint8Array(900_000)
    const answers = await Promise.all(Array.from({ length: 60 }, () => api.store(bytes)))
    expect(answers).toEqual(Array.from({ length: 60 }, () => 900_000))
    expect(phases).toEqual([])
  })

  it('that cannot be resumed, and so acknowledges nothing, is cut as little', async () => {
    const { api, phases } = await world({ detachedMs: 0 })
    const answers = await Promise.all(Array.from({ length: 60 }, () => api.fetch(900_000)))
    expect(answers.map(({ length }) => length)).toEqual(Array.from({ length: 60 }, () => 900_000))
    expect(await Promise.all(Array.from({ length: 60 }, () => api.store(new Uint8Array(900_000))))).toHaveLength(60)
    expect(phases).toEqual([])
  })

  it('has no room for one answer that is larger than may wait to leave: it fails alone', async () => {
    const { api, phases } = await world()
    const [large, small] = await Promise.allSettled([api.fetch(12_000_000), api.fetch(3)])
    expect(large).toMatchObject({ status: 'rejected', reason: { code: 'message-too-large' } })
    expect(small).toMatchObject({ status: 'fulfilled' })
    expect(phases).toEqual([])
  })
})
