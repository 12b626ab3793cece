import { contract, procedure } from '@wirepact/contract'
import { type Connection, createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({ server: { slow: procedure({ input: z.number(), output: z.string() }) } })

async function world(onAbsent?: (session: { readonly connection: Connection<typeof shared, undefined> }) => void) {
  const network = new Network({ seed: 1 })
  const sessions: Connection<typeof shared, undefined>[] = []
  const ended: string[] = []
  const server = createServer(shared, {
    ...{ system: network.serverSystem, report: () => {}, ...(onAbsent === undefined ? {} : { onAbsent }) },
    onSession({ connection }) {
      sessions.push(connection)
      return () => void ended.push(connection.id)
    },
    handlers: {
      async slow({ input }) {
        await new Promise<void>((resolve) => network.clock.schedule(input, resolve))
        return 'done'
      },
    },
  })
  network.serve(server)
  const client = network.connect(shared, { report: () => {} })
  const call = client.api.slow(20_000).then(
    (answer) => answer,
    (error) => error.code,
  )
  await network.advance(6_000)
  return { network, client, server, sessions, ended, call, session: sessions[0] as (typeof sessions)[number] }
}

describe('a session whose client is away', () => {
  it.each([1000, 4401])('ends when the server closes it for good (%i), and cannot be resumed', async (code) => {
    const { network, sessions, ended, call, session, server } = await world()
    network.serve(undefined)
    network.cut()
    await network.advance(100)
    session.close(code, 'you are out')
    expect([ended, session.signal.aborted]).toEqual([[session.id], true])
    network.serve(server)
    expect(await network.until(call)).toBe('connection-lost')
    expect(sessions).toHaveLength(2)
  })

  it('may be ended the moment it is told of', async () => {
    const { network, sessions, ended, call, session } = await world(({ connection }) => connection.close(1000))
    network.cut()
    await network.advance(5_000)
    expect([ended, session.signal.aborted, sessions.length]).toEqual([[session.id], true, 2])
    expect(await network.until(call)).toBe('connection-lost')
  })

  it('goes on when the server only wanted it to connect again', async () => {
    const { network, sessions, ended, call, session, server } = await world()
    network.serve(undefined)
    network.cut()
    await network.advance(100)
    session.close()
    session.terminate()
    network.serve(server)
    expect(await network.until(call)).toBe('done')
    expect([ended, sessions]).toEqual([[], [session]])
  })
})
