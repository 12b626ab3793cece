import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    flood: procedure({ yields: z.instanceof(Uint8Array) }),
    trickle: procedure({ accepts: z.instanceof(Uint8Array), output: z.number() }),
    idle: procedure({ yields: z.number() }),
    ping: procedure({ output: z.string() }),
    cancelled: procedure({ input: z.number() }),
  },
})

const chunk = new Uint8Array(1_000)

function world(limits: Parameters<typeof createServer<typeof shared>>[1]['limits'] = 'public') {
  const network = new Network({ latencyMs: 2 })
  const { clock } = network
  const counts = { yielded: 0, written: 0, read: 0, running: 0, most: 0, ended: 0 }
  const wait = (ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve))
  const server = createServer(shared, {
    system: network.serverSystem,
    report: () => {},
    limits,
    handlers: {
      *flood() {
        for (;;) {
          counts.yielded++
          yield chunk
        }
      },
      async trickle({ items }) {
        for await (const _ of items) {
          counts.read++
          await wait(1_000)
        }
        return counts.read
      },
      async *idle({ signal }) {
        yield 1
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        counts.ended++
      },
      ping: () => 'pong',
      async cancelled({ input, signal }) {
        counts.running++
        counts.most = Math.max(counts.most, counts.running)
        // Some see it at once, some take a while to clean up.
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        if (input % 3 === 0) await wait(input % 7)
        counts.running--
      },
    },
  })
  network.serve(server)
  const client = network.connect(shared, { maxQueued: 50_000 })
  return { network, client, counts, wait }
}

/** The window, the item beyond it, and the one that the generator has in hand. */
const most = 256 * 1024 + 2 * (chunk.length + 16)

describe('for 60 s, a fast writer and a reader that takes one item a second', () => {
  it('hold no more than the window when the server writes', async () => {
    const { network, client, counts, wait } = world()
    let read = 0
    const run = async () => {
      for await (const _ of client.api.flood()) {
        if (++read === 60) break
        await wait(1_000)
      }
    }
    const done = run()
    await network.advance(30_000)
    expect(await network.until(client.api.ping())).toBe('pong')
    await network.until(done)
    expect(read).toBe(60)
    expect((counts.yielded - read) * chunk.length).toBeLessThan(most)
  })

  it('hold no more than the window when the client writes, and its writer waits', async () => {
    const { network, client, counts } = world()
    const writer = client.api.trickle(undefined, { timeoutMs: 61_500 })
    const run = async () => {
      for (;;) {
        await writer.write(chunk)
        counts.written++
      }
    }
    const done = run().catch(({ code }) => code)
    await network.advance(30_000)
    expect(await network.until(client.api.ping())).toBe('pong')
    await network.advance(30_000)
    expect(counts.read).toBeGreaterThan(58)
    expect((counts.written - counts.read) * chunk.length).toBeLessThan(most)
    expect(await network.until(done)).toBe('deadline-exceeded')
  })
})

describe('streams that are open and idle', () => {
  it('are as many as the limit allows, stop no calls, and all end with their connection', async () => {
    const { network, client, counts } = world()
    const streams = Array.from({ length: 130 }, () => client.api.idle())
    const first = await network.until(Promise.allSettled(streams.map((stream) => stream.next())))
    const codes = first.map((each) => (each.status === 'fulfilled' ? 'open' : each.reason.code))
    expect(codes.filter((code) => code === 'open')).toHaveLength(128)
    expect(codes.slice(128)).toEqual(['resource-exhausted', 'resource-exhausted'])
    expect(await network.until(client.api.ping())).toBe('pong')
    await network.until(client.close())
    await network.advance(1_000)
    expect(counts.ended).toBe(128)
  })
})

describe('a storm of cancellations', () => {
  it('of 30,000 calls, at once and after a few ms, never runs more handlers than allowed, and leaves room', async () => {
    const { network, client, counts } = world()
    await network.until(client.connected())
    let [settled, cancelled] = [0, 0]
    const calls = async () => {
      for (let batch = 0; batch < 20; batch++) {
        const stops: AbortController[][] = Array.from({ length: 6 }, () => [])
        for (let index = 0; index < 1_500; index++) {
          const stop = new AbortController()
          client.api.cancelled(index, { signal: stop.signal, timeoutMs: 0 }).catch(({ code }) => {
            settled++
            if (code === 'cancelled') cancelled++
          })
          stops[index % 6]?.push(stop)
        }
        stops.forEach((some, delayMs) => {
          const abort = () => some.forEach((stop) => void stop.abort())
          if (delayMs === 0) abort()
          else network.clock.schedule(delayMs, abort)
        })
        await new Promise<void>((resolve) => network.clock.schedule(7, resolve))
      }
    }
    await network.until(calls())
    await network.advance(1_000)
    expect([settled, counts.running]).toEqual([30_000, 0])
    expect(counts.most).toBeLessThanOrEqual(256)
    // Slots are free when their handlers settle, so some calls find none; what they are told is what happened.
    expect(cancelled).toBeGreaterThan(25_000)
    const pings = Array.from({ length: 256 }, () => client.api.ping())
    expect(await network.until(Promise.all(pings))).toHaveLength(256)
  })
})

describe('126 streams that nobody reads', () => {
  it('hold up no stream and no call beside them, to the server and from it', async () => {
    const { network, client, counts } = world({ messagesPerSecond: 0, connectionBytes: 2 * 1024 * 1024 })
    const written = (writer: ReturnType<typeof client.api.trickle>) => {
      const run = async () => {
        for (;;) await writer.write(chunk)
      }
      run().catch(() => {})
      return writer
    }
    const unread = Array.from({ length: 90 }, () => client.api.flood())
    const waiting = Array.from({ length: 36 }, () => written(client.api.trickle()))
    await network.advance(1_000)
    const before = counts.read
    const run = async () => {
      let read = 0
      for await (const _ of client.api.flood()) if (++read === 2_000) break
      return read
    }
    expect(await network.until(run())).toBe(2_000)
    const writer = client.api.trickle()
    await network.until(writer.write(chunk))
    expect(await network.until(writer.end())).toBeGreaterThan(before)
    expect(await network.until(client.api.ping())).toBe('pong')
    for (const stream of [...unread, ...waiting]) stream.cancel()
  })
})
