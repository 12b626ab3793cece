import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { codeOf, pair } from './node-group.ts'

describe('more calls than another node can make', () => {
  it('are refused one by one, and those that were taken are made', async () => {
    const { network, first, heard } = await pair()
    const { api } = first.server.nodes.of('ann')
    const asked = Array.from({ length: 12_000 }, () => codeOf(api.confirm({ question: 'sure?', ms: 10 })))
    const outcomes = await network.until(Promise.all(asked), 30_000)
    const refused = outcomes.filter((outcome) => outcome === 'resource-exhausted')
    expect([refused.length + heard.length, heard.length > 1_000]).toEqual([12_000, true])
    expect(await network.until(api.ping(), 100)).toBe('ann')
  })
})

describe('nodes of different versions', () => {
  it('say of each call what they do not have, or have in another version', async () => {
    const { network, engine } = await pair()
    const newer = contract({
      client: {
        ping: procedure({ output: z.string(), version: 2 }),
        confirm: procedure({
          input: z.object({ question: z.string() }),
          output: z.object({ by: z.string(), question: z.string() }),
        }),
        added: procedure({ output: z.string() }),
      },
    })
    const server = createServer(newer, { ...options(network, engine.view()), handlers: {} })
    await network.advance(1_000)
    const { api } = server.nodes.of('ann')
    expect(await network.until(api.confirm({ question: 'sure?' }), 100)).toEqual({ by: 'ann', question: 'sure?' })
    expect(await network.until(codeOf(api.ping()), 100)).toBe('incompatible')
    expect(await network.until(codeOf(api.added()), 100)).toBe('unimplemented')
    const [answer] = await network.until(server.nodes.of('ann').all.added(), 100)
    expect(answer).toMatchObject({ ok: false, connection: expect.any(String), error: { code: 'unimplemented' } })
  })
})

describe('a server that does not say who is who', () => {
  it('holds nobody, and calls nobody', async () => {
    const { network, first, engine } = await pair()
    const guests = contract({ client: { ping: procedure({ output: z.string() }) } })
    const { principal: _, ...rest } = options(network, engine.view())
    const server = createServer(guests, { ...rest, handlers: {} })
    await network.advance(1_000)
    expect(() => server.nodes.of('ann')).toThrow(TypeError)
    await expect(network.until(server.nodes.revoke('ann'))).rejects.toThrow(TypeError)
    expect(first.server.nodes.list).toHaveLength(3)
    expect(await network.until(codeOf(first.server.nodes.of('bob').api.ping()), 100)).toMatch('unavailable')
    expect(await network.until(first.server.nodes.revoke('bob'), 100)).toEqual({ sessions: 0, complete: true })
  })
})

type World = Awaited<ReturnType<typeof pair>>

function options(network: World['network'], log: ReturnType<World['engine']['view']>) {
  return { system: network.serverSystem, log, report: () => {}, principal: () => 'somebody' }
}
