/** A library written for `ws`, its server on our door, its client over `ws` and over ours. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createClient } from 'graphql-ws'
import { useServer } from 'graphql-ws/use/ws'
import { expect, test } from 'vitest'
import * as ws from 'ws'
import { WebSocket, WebSocketServer } from '../../compat.ts'
import { cleanUpAfterEach, cleanup, until } from '../../testing/sockets.ts'

cleanUpAfterEach()

// As graphql-ws gets it from Node.js: the test runner would prefer another build, and the two refuse each other's schemas.
const { buildSchema }: typeof import('graphql') = createRequire(import.meta.url)('graphql')

const schema = buildSchema('type Query { hello(name: String!): String } type Subscription { count(to: Int!): Int }')
const roots = {
  query: { hello: ({ name }: { name: string }) => `hello ${name}` },
  subscription: {
    async *count({ to }: { to: number }) {
      for (let i = 1; i <= to; i++) {
        await new Promise((resolve) => setTimeout(resolve, 1))
        yield { count: i }
      }
    },
  },
}

/** graphql-ws is typed for `ws`, whose surface ours has. */
function asForeign(server: WebSocketServer): ws.WebSocketServer {
  return server as unknown as ws.WebSocketServer
}

async function serve(): Promise<{ url: string; server: WebSocketServer; closed: number[] }> {
  const http = createServer()
  const server = new WebSocketServer({ server: http, path: '/graphql' })
  const closed: number[] = []
  const disposable = useServer(
    { schema, roots, onClose: (_context, code) => void closed.push(code ?? 0) },
    asForeign(server),
  )
  http.listen(0, '127.0.0.1')
  cleanup(() => http.close())
  cleanup(() => disposable.dispose())
  await once(http, 'listening')
  return { url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/graphql`, server, closed }
}

test.each([
  ['ws', ws.WebSocket],
  ['our door', WebSocket],
])('graphql-ws: queries and subscriptions, its client over %s', async (_name, webSocketImpl) => {
  const { url, server, closed } = await serve()
  const client = createClient({ url, webSocketImpl, lazy: true })
  const results: unknown[] = []
  for await (const { data } of client.iterate({ query: '{ hello(name: "you") }' })) results.push(data)
  for await (const { data } of client.iterate({ query: 'subscription { count(to: 5) }' })) results.push(data)
  expect(results).toEqual([{ hello: 'hello you' }, ...[1, 2, 3, 4, 5].map((count) => ({ count }))])
  await client.dispose()
  await until(() => server.clients.size === 0)
  expect(closed).toEqual([1000, 1000])
})

test('a subscription that is left early stops on the server, and others on the same socket go on', async () => {
  const { url } = await serve()
  const client = createClient({ url, webSocketImpl: WebSocket })
  cleanup(() => client.dispose())
  const long = client.iterate({ query: 'subscription { count(to: 50) }' })
  for await (const { data } of client.iterate({ query: 'subscription { count(to: 100000) }' })) {
    if (data?.count === 3) break
  }
  const rest: unknown[] = []
  for await (const { data } of long) rest.push(data?.count)
  expect(rest.length).toBe(50)
})

test('a subprotocol that graphql-ws does not speak is closed with its own code', async () => {
  const { url } = await serve()
  const socket = new WebSocket(url, 'graphql-transport-ws')
  await once(socket, 'open')
  socket.send('no JSON')
  expect((await once(socket, 'close'))[0]).toBe(4400)
})
