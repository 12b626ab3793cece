import type { ClientOptions } from '@wirepact/client'
import { connect } from '@wirepact/client/node'
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

it.each([
  [{ messageBytes: 100 }, 'messageBytes must be from 16384 to 2147483647 (bytes), not 100'],
  [{ messageBytes: 20_000.5 }, 'messageBytes must be from 16384 to 2147483647 (bytes), not 20000.5'],
  [{ messageBytes: Number.NaN }, 'messageBytes must be from 16384 to 2147483647 (bytes), not NaN'],
  [{ connectTimeoutMs: Number.NaN }, 'connectTimeoutMs must be 1 or more (ms), not NaN'],
  [{ connectTimeoutMs: 0 }, 'connectTimeoutMs must be 1 or more (ms), not 0'],
  [{ timeoutMs: -1 }, 'timeoutMs must be 0 or more (ms), not -1'],
  [{ settleWhenDetachedMs: Number.NaN }, 'settleWhenDetachedMs must be 0 or more (ms), not NaN'],
  [{ maxQueued: -5 }, 'maxQueued must be 0 or more (calls), not -5'],
  [{ reconnect: { baseMs: Number.NaN } }, 'reconnect.baseMs must be from 0 to 86400000 (ms), not NaN'],
  [{ reconnect: { firstMs: Infinity } }, 'reconnect.firstMs must be from 0 to 86400000 (ms), not Infinity'],
  [{ reconnect: { capMs: -1 } }, 'reconnect.capMs must be 0 or more (ms), not -1'],
  [{ reconnect: { stableMs: '5' as never } }, undefined],
  [{ timeoutMs: {} as never }, 'timeoutMs must be 0 or more (ms), not [object Object]'],
] as [ClientOptions<typeof shared>, string | undefined][])('a client is not made of %o', (options, message) => {
  expect(() => connect(shared, 'ws://127.0.0.1:1', options)).toThrow(TypeError)
  if (message !== undefined) expect(() => connect(shared, 'ws://127.0.0.1:1', options)).toThrow(message)
})

it('a client whose hello is too large is told so, and does not try for ever', async () => {
  const { url } = await serve()
  const client = join(url, { credentials: 'x'.repeat(20_000) })
  await expect(client.connected()).rejects.toMatchObject({
    code: 'message-too-large',
    message: expect.stringContaining('are the credentials too large?'),
  })
  expect(client.status.value.phase).toBe('closed')
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
