import { besiege, catalogue, type Outcome, Target } from '@wirepact/cli/node'
import { connect } from '@wirepact/client/node'
import { contract, procedure } from '@wirepact/contract'
import { createServer, type Server } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { counter } from './counter.ts'

// The catalogue of `wirepact attack`, against a server with the limits of `public`: one siege, one fact per threat.

const attacked = contract({
  ...counter,
  // A stream that nobody reads, and that never ends: whatever it is sent has to be within its credit.
  server: { ...counter.server, exchange: procedure({ accepts: z.unknown(), yields: z.number() }) },
})

const outcomes = new Map<string, Outcome>()
const uncaught: unknown[] = []
const note = (error: unknown) => void uncaught.push(error)
let server: Server<typeof attacked, undefined>
let url = ''
let heldBefore = 0

beforeAll(async () => {
  process.on('uncaughtException', note)
  process.on('unhandledRejection', note)
  server = createServer(attacked, {
    report: () => {},
    // What an attacker need not wait for, a test need not either.
    limits: { helloTimeoutMs: 2_000, noProgressMs: 2_000 },
    state: () => ({ user: 'a', intervalMs: 1 }),
    handlers: {
      increment: ({ input }) => ({ value: input.by }),
      nested: {
        echo: ({ input }) => input.text,
        fail: () => 'x',
        slow: () => 'x',
        retried: () => 1,
      },
      bytes: ({ input }) => input,
      ask: () => 'x',
      interval: () => 1,
      join: () => {},
      log: () => {},
      async *exchange({ signal }) {
        yield 1
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    },
  })
  url = (await listen(server, { port: 0, host: '127.0.0.1', compression: true })).url
  heldBefore = heap()
  for (const each of await besiege(
    new Target(new URL(url), undefined, { method: 'exchange', input: undefined }),
    catalogue,
    () => {},
  ))
    outcomes.set(each.name, each)
}, 120_000)

afterAll(async () => {
  process.off('uncaughtException', note)
  process.off('unhandledRejection', note)
  await server.close()
})

const heap = () => process.memoryUsage().heapUsed / 1024 / 1024

describe('an attacker gets what PROTOCOL.md says, and others are served meanwhile', () => {
  it.each(catalogue.map(({ name, threat }) => [name, threat]))('%s: %s', (name) => {
    const outcome = outcomes.get(name)
    expect(outcome?.outcome, outcome?.seen).toBe('held')
  })
})

describe('when the siege is over', () => {
  it('the process lives, and nothing was thrown that nobody caught', () => expect(uncaught).toEqual([]))

  it('nobody of them is left', async () => {
    await expect.poll(() => server.connections.size, { timeout: 5_000 }).toBe(0)
  })

  it('a client is served as before', async () => {
    await using client = connect(counter, url, { handlers: { confirm: () => true, shout: () => {} } })
    expect(await client.api.nested.echo({ text: 'still here' })).toBe('still here')
  })

  it('memory is about what it was', () => {
    // Coarse, for nobody collects garbage here: what was sent to the server in all is more than 150 MiB.
    expect(heap() - heldBefore).toBeLessThan(150)
  })
})
