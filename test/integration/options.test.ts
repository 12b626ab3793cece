import { contract, procedure } from '@wirepact/contract'
import { createServer, type ServerOptions } from '@wirepact/server'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { join, serve } from './serve.ts'

const shared = contract({ server: { ping: procedure({ output: z.string() }) } })

// Clients are told these in welcome; with one that cannot travel each of them would be closed for good.
it.each<Partial<ServerOptions<typeof shared, undefined>>>([
  { keyTtlMs: Number.POSITIVE_INFINITY },
  { keyTtlMs: 0 },
  { keyTtlMs: 1.5 },
  { lingerMs: Number.NaN },
  { lingerMs: -1 },
  { limits: { callsInFlight: 0.5 } },
  { limits: { streams: Number.POSITIVE_INFINITY } },
  { limits: { messageBytes: Number.NaN } },
  { heartbeat: { periodMs: Number.NaN } },
  { heartbeat: { periodMs: Number.POSITIVE_INFINITY } },
  { heartbeat: { periodMs: 0 } },
  { heartbeat: { patienceMs: -1 } },
])('a server is not made of %o', (options) => {
  expect(() => createServer(shared, { handlers: { ping: () => 'pong' }, ...options })).toThrow(RangeError)
})

it('a server is not made with a limit that there is none of', () => {
  const limits = { callInFlight: 7 } as object
  expect(() => createServer(shared, { handlers: { ping: () => 'pong' }, limits })).toThrow(
    /^limits.callInFlight is not one of .*callsInFlight/,
  )
})

it('a server is made of limits that are integers', () => {
  const { limits } = createServer(shared, { handlers: { ping: () => 'pong' }, limits: { detachedMs: 0, streams: 7 } })
  expect([limits.detachedMs, limits.streams, limits.callsInFlight]).toEqual([0, 7, 256])
})

it('a client that waits for ever for its connection gets one', async () => {
  const { url } = await serve()
  const client = join(url, {
    connectTimeoutMs: Number.POSITIVE_INFINITY,
    settleWhenDetachedMs: Number.POSITIVE_INFINITY,
  })
  expect(await client.api.increment({ by: 2 })).toEqual({ value: 2 })
})
