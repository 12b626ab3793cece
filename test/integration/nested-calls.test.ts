import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: { ask: procedure({ input: z.object({ workMs: z.number(), within: z.boolean() }), output: z.string() }) },
  client: {
    confirm: procedure({ output: z.string() }),
    watch: procedure({ yields: z.number() }),
  },
})

function world() {
  const network = new Network({ latencyMs: 0 })
  const seen: { deadline?: number | undefined; aborted: string[] } = { aborted: [] }
  const wait = (ms: number) => new Promise<void>((resolve) => network.clock.schedule(ms, resolve))
  const outcomes: unknown[] = []
  const server = createServer(shared, {
    system: network.serverSystem,
    report: () => {},
    handlers: {
      async ask(call) {
        await wait(call.input.workMs)
        const { api } = call.connection
        const options = call.input.within ? { within: call } : {}
        for await (const _ of api.watch(undefined, options)) break
        const asked = api.confirm(undefined, options)
        outcomes.push(await asked.catch(({ code }) => code))
        return 'done'
      },
    },
  })
  network.serve(server)
  const client = network.connect(shared, {
    handlers: {
      confirm({ deadline, signal }) {
        seen.deadline = deadline
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            seen.aborted.push((signal.reason as { code: string }).code)
            reject(signal.reason)
          })
        })
      },
      *watch() {
        yield 1
      },
    },
  })
  return { network, client, seen, outcomes }
}

describe('a call made for another', () => {
  it('has what is left of its deadline', async () => {
    const { network, client, seen } = world()
    await network.until(client.connected())
    const asked = client.api.ask({ workMs: 300, within: true }, { timeoutMs: 1_000 }).catch(({ code }) => code)
    expect(await network.until(asked)).toBe('deadline-exceeded')
    expect(seen.deadline).toBe(700)
  })

  it('gives up when that is given up', async () => {
    const { network, client, seen, outcomes } = world()
    await network.until(client.connected())
    const stop = new AbortController()
    client.api.ask({ workMs: 10, within: true }, { timeoutMs: 0, signal: stop.signal }).catch(() => {})
    await network.advance(500)
    expect(seen).toEqual({ deadline: 30_000, aborted: [] })
    stop.abort()
    await network.advance(100)
    expect([seen.aborted, outcomes]).toEqual([['cancelled'], ['cancelled']])
  })

  it('has its own deadline where it is not said to be made for it', async () => {
    const { network, client, seen, outcomes } = world()
    await network.until(client.connected())
    client.api.ask({ workMs: 10, within: false }, { timeoutMs: 100 }).catch(() => {})
    await network.advance(20_000)
    expect([seen.deadline, outcomes]).toEqual([30_000, []])
    await network.advance(20_000)
    expect(outcomes).toEqual(['deadline-exceeded'])
  })
})
