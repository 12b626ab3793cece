import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Link, Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({ server: { name: procedure({ output: z.string() }) } })

/** A client that says what it is told to, over a connection in memory, and writes down when it heard which pong. */
async function setUp() {
  const network = new Network()
  const { clock } = network
  const server = createServer(shared, {
    system: network.serverSystem,
    limits: { pingsPerSecond: 10 },
    report: () => {},
    handlers: { name: () => 'x' },
  })
  const pongs: [atMs: number, nonce: number][] = []
  const ended: number[] = []
  const join = async () => {
    const link = new Link({ clock, encoding: 'json', latencyMs: () => 1, deliver: () => {}, closed: () => {} })
    server.accept(link.server)
    link.client.start({
      message() {},
      text(text) {
        const message: { kind: string; nonce: number } = JSON.parse(text)
        if (message.kind === 'pong') pongs.push([clock.now(), message.nonce])
        // The server's own questions are answered, as every client does.
        if (message.kind === 'ping') link.client.channel.send(JSON.stringify({ kind: 'pong', nonce: message.nonce }))
      },
      closed: (code) => void ended.push(code),
    })
    link.client.channel.send(JSON.stringify({ kind: 'hello', fingerprint: '' }))
    await network.advance(10)
    return { link, ping: (nonce: number) => link.client.channel.send(JSON.stringify({ kind: 'ping', nonce })) }
  }
  return { network, clock, join, pongs, ended }
}

describe('pings above the rate', () => {
  it('are not answered, but the latest of them is, as soon as it may be', async () => {
    const { network, clock, join, pongs } = await setUp()
    const { ping } = await join()
    for (let nonce = 1; nonce <= 1_000; nonce++) ping(nonce)
    const asked = clock.now()
    await network.advance(5_000)
    expect(pongs.map(([, nonce]) => nonce)).toEqual([...Array.from({ length: 20 }, (_, index) => index + 1), 1_000])
    expect((pongs.at(-1)?.[0] ?? 0) - asked).toBeLessThanOrEqual(110)
  })

  it('never leave a watchdog waiting that asks again and again: 10 answers in a second, none older than one before it', async () => {
    const { network, join, pongs, ended } = await setUp()
    const { ping } = await join()
    for (let nonce = 1; nonce <= 3_000; nonce++) {
      ping(nonce)
      await network.advance(10)
    }
    await network.advance(200)
    const nonces = pongs.map(([, nonce]) => nonce)
    expect(nonces).toEqual(nonces.toSorted((one, other) => one - other))
    expect(nonces.at(-1)).toBe(3_000)
    const gaps = pongs.slice(1).map(([at], index) => at - (pongs[index]?.[0] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(111)
    // 30 s at 10 per second, and the 20 at once.
    expect(pongs.length).toBeLessThanOrEqual(322)
    expect(ended).toEqual([])
  })

  it('leave one thing to be done, however many they were, and nothing when their connection is gone', async () => {
    const { network, clock, join, pongs } = await setUp()
    const { link, ping } = await join()
    const before = clock.pending
    for (let nonce = 1; nonce <= 1_000; nonce++) ping(nonce)
    // Long enough for the answers that left at once.
    await network.advance(5)
    expect(clock.pending - before).toBe(1)
    link.cut()
    const heard = pongs.length
    await network.advance(5_000)
    expect(pongs.length).toBe(heard)
  })
})
