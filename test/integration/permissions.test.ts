import { contract, event } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  events: {
    room: event({ topic: z.string(), payload: z.number(), onGap: 'skip' }),
    secret: event({ topic: z.string(), payload: z.number(), onGap: 'skip' }),
  },
})

interface Context {
  readonly rooms: readonly string[]
}

/** A server where credentials name the rooms that one may listen to, and a client that may listen to a and b. */
async function setup() {
  const network = new Network()
  const asked: string[] = []
  const server = createServer<typeof shared, Context>(shared, {
    system: network.serverSystem,
    report: () => {},
    handlers: {},
    principal: () => 'ann',
    authenticate: ({ credentials }) => ({ rooms: String(credentials).split('') }),
    events: {
      room: {
        async authorize({ topic, context }) {
          asked.push(`${topic} of ${context.rooms.join('')}`)
          await new Promise<void>((resolve) => network.clock.schedule(50, resolve))
          return context.rooms.includes(topic)
        },
        filter: ({ context, payload }) => payload < 100 || context.rooms.includes('x'),
      },
      // Nobody may ask for these; the server chooses who hears them.
      secret: { authorize: () => false },
    },
    onSession({ connection }) {
      for (const topic of ['a', 'c']) void connection.events.room.join(topic)
      void connection.events.secret.join('s')
    },
  })
  network.serve(server)
  const may = { rooms: 'ab' }
  const client = network.connect(shared, { credentials: () => may.rooms, report: () => {} })
  const heard: string[] = []
  for (const topic of ['a', 'b']) {
    client.events.room.subscribe(topic, {
      next: (n) => heard.push(`${topic}${n}`),
      ended: (error) => heard.push(`${topic} ${error?.code}`),
    })
  }
  const joined: string[] = []
  const listener = {
    next: (n: number, topic: string) => joined.push(`${topic}${n}`),
    left: (topic: string) => joined.push(`left ${topic}`),
  }
  client.events.room.joined(listener)
  client.events.secret.joined(listener)
  await network.advance(1_000)
  const publish = async (n: number) => {
    for (const topic of ['a', 'b', 'c']) await server.events.room.publish(topic, n)
    await server.events.secret.publish('s', n)
    await network.advance(100)
  }
  /** The client gets fresh credentials, for these rooms. */
  const renew = async (rooms: string) => {
    may.rooms = rooms
    for (const connection of server.connections) connection.requireCredentials()
    await network.advance(1_000)
  }
  return { network, server, client, may, heard, joined, publish, renew, asked }
}

describe('fresh credentials', () => {
  it('that allow less end what they do not allow, and nothing else', async () => {
    const { heard, joined, publish, renew, client } = await setup()
    await publish(1)
    expect(heard).toEqual(['a1', 'b1'])
    // What was joined although nobody may ask for it is the server's choice.
    expect(joined).toEqual(['a1', 'c1', 's1'])
    await renew('b')
    await publish(2)
    expect(heard.slice(2)).toEqual(['a permission-denied', 'b2'])
    expect(joined.slice(3)).toEqual(['left a', 'c2', 's2'])
    expect(client.status.value.phase).toBe('connected')
  })

  it('that allow as much or more change nothing, and filters see the new context', async () => {
    const { heard, joined, publish, renew } = await setup()
    await publish(100)
    expect(heard).toEqual([])
    await renew('abx')
    await publish(101)
    expect(heard).toEqual(['a101', 'b101'])
    expect(joined).toEqual(['s100', 'a101', 'c101', 's101'])
  })

  it('let everything go on while they are looked at', async () => {
    const { network, server, heard, may } = await setup()
    may.rooms = 'b'
    for (const connection of server.connections) connection.requireCredentials()
    await network.advance(30)
    await server.events.room.publish('a', 1)
    await network.advance(1_000)
    expect(heard).toEqual(['a1', 'a permission-denied'])
  })
})

describe('a client that comes back', () => {
  it('with other credentials has no topic that they do not allow, and hears nothing of it in between', async () => {
    const { network, heard, joined, publish, may, server } = await setup()
    await publish(1)
    may.rooms = 'b'
    network.cut()
    await server.events.room.publish('a', 2)
    await network.advance(5_000)
    await publish(3)
    expect(heard.slice(2)).toEqual(['a permission-denied', 'b3'])
    expect(joined.slice(3)).toEqual(['left a', 'c3', 's3'])
    expect(server.connections.size).toBe(1)
  })

  it('with the same has all of them again', async () => {
    const { network, heard, joined, publish } = await setup()
    await publish(1)
    network.cut()
    await network.advance(5_000)
    await publish(2)
    expect(heard.slice(2)).toEqual(['a2', 'b2'])
    expect(joined.slice(3)).toEqual(['a2', 'c2', 's2'])
  })

  it('and goes again while topics are being looked at loses none of those that the server chose', async () => {
    for (let cutAfter = 1; cutAfter < 200; cutAfter += 7) {
      const { network, joined, publish } = await setup()
      network.cut()
      await network.advance(1_000 + cutAfter)
      network.cut()
      await network.advance(5_000)
      await publish(1)
      expect(joined).toEqual(['a1', 'c1', 's1'])
    }
  })
})

describe('a subscription', () => {
  it('with a policy that there is none of is refused, and says which there are', async () => {
    const { network, client } = await setup()
    const ended: unknown[] = []
    client.events.room.subscribe(
      'b',
      { next() {}, ended: (error) => ended.push(error) },
      { whenSlow: 'latest-ish' as 'latest' },
    )
    const other = network.connect(shared, { credentials: 'ab', report: () => {} })
    const { ready } = other.events.room.subscribe('b', { next() {} }, { whenSlow: 'sometimes' as 'latest' })
    await expect(network.until(ready)).rejects.toMatchObject({
      code: 'invalid-input',
      message: 'there is no policy sometimes: it is one of catchup, latest, drop, close',
    })
    // The client's own first subscription to the topic had decided already.
    expect(ended).toEqual([])
  })
})
