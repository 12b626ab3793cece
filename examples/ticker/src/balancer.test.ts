import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startBalancer } from './balancer.ts'

/** A server that says its name to whoever comes. */
async function speaker(name: string) {
  const server = createServer((socket) => socket.end(name)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, server }
}

async function ask(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let said = ''
  socket.on('data', (chunk) => {
    said += chunk
  })
  await once(socket, 'close')
  return said
}

describe('the balancer', () => {
  it('goes round, and passes over a node that is down', async () => {
    const [one, two] = [await speaker('one'), await speaker('two')]
    const balancer = await startBalancer(0, '127.0.0.1', [one.port, two.port])
    onTestFinished(() => balancer.close())
    expect([await ask(balancer.port), await ask(balancer.port), await ask(balancer.port)]).toEqual([
      'one',
      'two',
      'one',
    ])
    one.server.close()
    await once(one.server, 'close')
    expect([await ask(balancer.port), await ask(balancer.port)]).toEqual(['two', 'two'])
    two.server.close()
    await once(two.server, 'close')
    expect(await ask(balancer.port)).toBe('')
  })
})
