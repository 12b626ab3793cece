import { contract, procedure } from '@wirepact/contract'
import { createServer, type ServerOptions } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({ server: { ping: procedure({ output: z.string() }) } })

/** A client that loses its connection once; what the server reported meanwhile. */
async function cutOnce(hooks: Partial<ServerOptions<typeof shared, unknown>>) {
  const network = new Network()
  const reports: string[] = []
  const server = createServer<typeof shared, unknown>(shared, {
    system: network.serverSystem,
    report: ({ what, where }) => reports.push(`${what} ${where}`),
    handlers: { ping: () => 'pong' },
    ...hooks,
  })
  network.serve(server)
  const client = network.connect(shared, { report: () => {} })
  await network.advance(1_000)
  for (const link of network.links) link.cut()
  await network.advance(60_000)
  const answer = client.api.ping()
  await network.advance(1_000)
  return { reports, answer: await answer, server, network, client }
}

describe('a hook of the server', () => {
  // A rejection that nobody handles would end the process, and fails this run.
  it.each(['onSession', 'onAbsent', 'onReturn'])('%s that rejects is reported, and ends nothing', async (hook) => {
    const { answer, reports } = await cutOnce({ [hook]: () => Promise.reject(new Error('no')) })
    expect([answer, reports]).toEqual(['pong', [`session-hook-failed ${hook}`]])
  })

  it.each(['onAbsent', 'onReturn'])('%s that throws is reported, and ends nothing', async (hook) => {
    const { answer, reports } = await cutOnce({
      [hook]: () => {
        throw new Error('no')
      },
    })
    expect([answer, reports]).toEqual(['pong', [`session-hook-failed ${hook}`]])
  })
})
