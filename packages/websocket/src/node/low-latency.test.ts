import { expect, it, vi } from 'vitest'
import { connect } from './connect.ts'
import { listen } from './listen.ts'
import type { NodeWebSocket } from './socket.ts'

const isAwake = () => process.getActiveResourcesInfo().includes('Immediate')

/** An echo, there and back, one at a time, and what follows once the last has come. */
async function talk(lowLatencyMs: number, then: () => unknown): Promise<void> {
  const server = await listen({ port: 0, host: '127.0.0.1', lowLatencyMs, onSocket: echo })
  const client = await connect(server.url, { lowLatencyMs })
  const messages = client[Symbol.asyncIterator]()
  for (let i = 0; i < 3; i++) {
    client.sendText('hello')
    await messages.next()
  }
  await then()
  const over = server.close()
  client.terminate()
  await over
}

function echo(socket: NodeWebSocket): void {
  socket.start({
    message: (bytes, start, end) => void socket.sendBinary(bytes, start, end),
    closed() {},
  })
}

it('the process is awake while two talk, and free as soon as they have gone', async () => {
  expect(isAwake()).toBe(false)
  // So long that a slow machine does not make a busy connection look like a quiet one.
  await talk(1_000, () => expect(isAwake()).toBe(true))
  expect(isAwake()).toBe(false)
})

it('it sleeps when they are silent, with the connection open', async () => {
  await talk(50, () => vi.waitFor(() => expect(isAwake()).toBe(false), 5_000))
})

it('without the option nothing keeps it awake', async () => {
  await talk(0, () => expect(isAwake()).toBe(false))
})

it('a time out of range is misuse: at once, on both sides', async () => {
  await expect(listen({ port: 0, lowLatencyMs: -1, onSocket: echo })).rejects.toThrow('lowLatencyMs')
  await expect(connect('ws://127.0.0.1:1', { lowLatencyMs: 5_000 })).rejects.toThrow('lowLatencyMs')
})
