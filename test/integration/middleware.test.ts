import { contract, notification, procedure } from '@wirepact/contract'
import { createServer, type Middleware, stack, use } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    hello: procedure({ output: z.string() }),
    note: notification({ input: z.string() }),
    sensors: {
      latest: procedure({ input: z.string(), output: z.string() }),
      history: procedure({ input: z.number(), yields: z.number(), output: z.string() }),
      ingest: procedure({ accepts: z.number(), output: z.number() }),
    },
  },
})

interface Context {
  readonly token: string
}

function world() {
  const network = new Network()
  const order: string[] = []
  const named =
    (name: string): Middleware<Context, unknown> =>
    async ({ path, kind, deadline }, next) => {
      order.push(`${name} ${kind} ${path} ${deadline}`)
      try {
        return await next()
      } finally {
        order.push(`${name} out`)
      }
    }
  const signedIn: Middleware<Context, unknown, { user: string }> = ({ context, path }, next) =>
    next({ user: `${context.token} for ${path}` })
  const doubled: Middleware<Context, unknown> = async (call, next) => {
    const { items } = call
    if (items !== undefined) call.items = times(items as AsyncIterable<number>, 2)
    const outcome = await next()
    return call.kind === 'yields' ? times(outcome as AsyncIterable<number>, 10) : outcome
  }
  const server = createServer<typeof shared, Context>(shared, {
    system: network.serverSystem,
    report: () => {},
    authenticate: () => ({ token: 'ann' }),
    middleware: [named('server'), named('second')],
    handlers: {
      hello: use(named('procedure'), ({ context }) => context.token),
      note() {
        order.push('note')
      },
      sensors: use(stack(stack(named('namespace'), signedIn), doubled), {
        latest: ({ input, context }) => `${input} of ${context.user}`,
        async *history({ input }) {
          for (let n = 1; n <= input; n++) yield n
          return 'done'
        },
        async ingest({ items }) {
          let sum = 0
          for await (const item of items) sum += item
          return sum
        },
      }),
    },
  })
  network.serve(server)
  const client = network.connect(shared)
  return { network, order, api: client.api, client, signedIn }
}

async function* times(items: AsyncIterable<number>, by: number): AsyncGenerator<number, unknown> {
  const iterator = items[Symbol.asyncIterator]()
  for (;;) {
    const step = await iterator.next()
    if (step.done === true) return step.value
    yield step.value * by
  }
}

describe('middleware', () => {
  it('runs from the outside in: of the server, around a namespace or a procedure', async () => {
    const { network, order, api, client } = world()
    await network.until(client.connected())
    expect(await network.until(api.hello())).toBe('ann')
    expect(await network.until(api.sensors.latest('x'))).toBe('x of ann for sensors.latest')
    const within = (place: string, path: string) => [
      ...['server', 'second', place].map((name) => `${name} call ${path} 30000`),
      ...[place, 'second', 'server'].map((name) => `${name} out`),
    ]
    expect(order).toEqual([...within('procedure', 'hello'), ...within('namespace', 'sensors.latest')])
  })

  it('sees notifications', async () => {
    const { network, order, api } = world()
    await network.until(api.note('x'))
    await network.advance(50)
    expect(order.filter((line) => /note/.test(line))).toEqual([
      'server notify note undefined',
      'second notify note undefined',
      'note',
    ])
  })

  it('wraps what a procedure yields, and its output', async () => {
    const { network, api } = world()
    const stream = api.sensors.history(3)
    const items: number[] = []
    const read = async () => {
      for await (const item of stream) items.push(item)
      return stream.result
    }
    expect([await network.until(read()), items]).toEqual(['done', [10, 20, 30]])
  })

  it('wraps what a procedure accepts', async () => {
    const { network, api } = world()
    expect(await network.until(api.sensors.ingest(undefined, { items: [1, 2, 3] }))).toBe(12)
  })

  it('adds to the context of what is inside', async () => {
    const network = new Network()
    const { signedIn } = world()
    const only = contract({ server: { me: procedure({ output: z.string() }) } })
    const server = createServer<typeof only, Context>(only, {
      system: network.serverSystem,
      authenticate: () => ({ token: 'bob' }),
      handlers: use(signedIn, { me: ({ context }) => `${context.user}, ${context.token}` }),
    })
    network.serve(server)
    expect(await network.until(network.connect(only).api.me())).toBe('bob for me, bob')
  })

  it('answers in the place of what is inside', async () => {
    const network = new Network()
    const only = contract({ server: { me: procedure({ output: z.string() }) } })
    let runs = 0
    const server = createServer<typeof only>(only, {
      system: network.serverSystem,
      handlers: use(() => 'cached', { me: () => `run ${++runs}` }),
    })
    network.serve(server)
    expect([await network.until(network.connect(only).api.me()), runs]).toEqual(['cached', 0])
  })
})
