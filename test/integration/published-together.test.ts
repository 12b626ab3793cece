import { connect } from '@wirepact/client/node'
import { contract, event, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { Network } from '@wirepact/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: { add: procedure({ input: z.number(), output: z.number() }) },
  events: {
    added: event({ payload: z.object({ value: z.number() }), onGap: 'error' }),
    text: event({ payload: z.string(), onGap: 'error' }),
  },
})

// What is published in one turn leaves at its end (packages/peer/src/deliveries.ts), and nobody is to notice.
describe('events that are published in one turn', () => {
  function setUp(detachedMs = 60_000) {
    const network = new Network()
    const heard: unknown[] = []
    const server = createServer(shared, {
      system: network.serverSystem,
      limits: { detachedMs },
      handlers: {
        add({ input }) {
          for (let value = 1; value <= input; value++) void server.events.added.publish({ value })
          void server.events.text.publish('between')
          void server.events.added.publish({ value: 0 })
          return input
        },
      },
    })
    network.serve(server)
    const client = network.connect(shared)
    const { added, text } = client.events
    const ready = Promise.all([
      added.subscribe({ next: ({ value }) => heard.push(value) }).ready,
      text.subscribe({ next: (value) => heard.push(value) }).ready,
    ])
    onTestFinished(() => server.close())
    return { network, server, client, heard, ready }
  }

  it.each([
    ['a session that outlives its connection', 60_000],
    ['one that does not', 0],
  ])(
    'come in their order over all topics, and before the answer of the call that published them (%s)',
    async (_, ms) => {
      const { network, client, heard, ready } = setUp(ms)
      await network.until(ready)
      const answered = client.api.add(2).then((output) => heard.push(`answer ${output}`))
      await network.until(answered)
      expect(heard).toEqual([1, 2, 'between', 0, 'answer 2'])
    },
  )

  it('may be published by a getter of one of them', async () => {
    const { network, server, heard, ready } = setUp()
    await network.until(ready)
    for (let value = 1; value < 3; value++) void server.events.added.publish({ value })
    void server.events.added.publish({
      get value() {
        void server.events.added.publish({ value: 3 })
        void server.events.text.publish('inner')
        return 4
      },
    })
    void server.events.added.publish({ value: 5 })
    await network.advance(100)
    expect(heard).toEqual([1, 2, 3, 'inner', 4, 5])
  })

  it('arrive before the server closes', async () => {
    const { network, server, heard, ready } = setUp()
    await network.until(ready)
    void server.events.text.publish('the last')
    await network.until(server.close())
    await network.advance(100)
    expect(heard).toEqual(['the last'])
  })

  it('are no reason to tell a new subscriber of what came before it', async () => {
    const { network, client, server, heard, ready } = setUp()
    await network.until(ready)
    const late: number[] = []
    void server.events.added.publish({ value: 1 })
    const { ready: stands } = client.events.added.subscribe({ next: ({ value }) => late.push(value) })
    await network.until(stands)
    await server.events.added.publish({ value: 2 })
    await network.advance(100)
    expect([heard, late.at(-1)]).toEqual([[1, 2], 2])
  })

  it.each([
    ['as they are', false],
    ['compressed', true],
  ])('reach real connections whatever their sizes, %s', async (_, compression) => {
    const server = createServer(shared, { handlers: { add: () => 0 } })
    const { url } = await listen(server, { port: 0, host: '127.0.0.1', compression })
    const sizes = [0, 1, 100, 117, 118, 119, 120, 121, 125, 126, 2_000, 70_000, 3, 20_000, 17_000, 4]
    const heard: string[][] = [[], []]
    for (const texts of heard) {
      const client = connect(shared, url)
      onTestFinished(() => client.close())
      await client.events.text.subscribe({ next: (text) => texts.push(text) }).ready
    }
    const texts = sizes.map((size, nth) => String.fromCharCode(97 + nth).repeat(size))
    for (let round = 0; round < 20; round++) for (const text of texts) void server.events.text.publish(text)
    await expect.poll(() => heard.map(({ length }) => length)).toEqual([320, 320])
    expect(heard[1]).toEqual(heard[0])
    expect(heard[0]).toEqual(Array.from({ length: 20 }, () => texts).flat())
    await server.close()
  })
})
