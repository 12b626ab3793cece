import { contract, procedure } from '@wirepact/contract'
import { createServer, type ServerOptions } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    count: procedure({
      input: z.object({ to: z.number() }),
      yields: z.number(),
      output: z.string(),
      errors: { TOO_FAR: z.object({ limit: z.number() }) },
    }),
    sum: procedure({ accepts: z.number(), output: z.number() }),
    double: procedure({ accepts: z.number(), yields: z.number(), output: z.number() }),
  },
  client: {
    letters: procedure({ input: z.string(), yields: z.string() }),
    collect: procedure({ accepts: z.string(), output: z.array(z.string()) }),
  },
})

type Options = ServerOptions<typeof shared, undefined>

function world(handlers: Partial<Options['handlers']> = {}, options: Partial<Options> = {}) {
  const network = new Network()
  const finished: string[] = []
  const reports: string[] = []
  const server = createServer(shared, {
    system: network.serverSystem,
    report: ({ what }) => reports.push(what),
    ...options,
    handlers: {
      async *count({ input, errors }) {
        try {
          for (let n = 1; n <= input.to; n++) {
            if (n > 100_000) throw errors.TOO_FAR({ limit: 100_000 })
            yield n
          }
          return `${input.to} in all`
        } finally {
          finished.push('count')
        }
      },
      async sum({ items }) {
        let sum = 0
        try {
          for await (const n of items) sum += n
        } finally {
          finished.push('sum')
        }
        return sum
      },
      async *double({ items }) {
        let sum = 0
        try {
          for await (const n of items) {
            yield n * 2
            sum += n
          }
          return sum
        } finally {
          finished.push('double')
        }
      },
      ...handlers,
    },
  })
  network.serve(server)
  const client = network.connect(shared, {
    report: ({ what }) => reports.push(what),
    handlers: {
      *letters({ input }) {
        yield* input
      },
      async collect({ items }) {
        const all: string[] = []
        for await (const item of items) all.push(item)
        return all
      },
    },
  })
  return { network, server, client, api: client.api, finished, reports }
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = []
  for await (const item of items) list.push(item)
  return list
}

describe('a stream from the server', () => {
  it('is looped over, and ends with its output', async () => {
    const { network, api, finished } = world()
    const stream = api.count({ to: 5 })
    expect(await network.until(all(stream))).toEqual([1, 2, 3, 4, 5])
    expect(await stream.result).toBe('5 in all')
    expect(finished).toEqual(['count'])
  })

  it('of more than the window has no hole and no double', async () => {
    const { network, api } = world()
    const items = await network.until(all(api.count({ to: 10_000 })))
    expect(items).toEqual(Array.from({ length: 10_000 }, (_, index) => index + 1))
  })

  it('that is left runs the generator’s finally', async () => {
    const { network, api, finished } = world()
    const stream = api.count({ to: 100_000 })
    const run = async () => {
      for await (const n of stream) if (n === 3) break
    }
    await network.until(run())
    await network.advance(100)
    expect(finished).toEqual(['count'])
    await expect(stream.result).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('throws a declared error where the next item would have been', async () => {
    const { network, api } = world({
      async *count({ errors }) {
        yield 1
        throw errors.TOO_FAR({ limit: 1 })
      },
    })
    const seen: number[] = []
    const run = async () => {
      for await (const n of api.count({ to: 3 })) seen.push(n)
    }
    await expect(network.until(run())).rejects.toMatchObject({ code: 'TOO_FAR', declared: true, data: { limit: 1 } })
    expect(seen).toEqual([1])
  })
})

describe('a stream to the server', () => {
  it('sends the items of its options', async () => {
    const { network, api } = world()
    expect(await network.until(api.sum(undefined, { items: [1, 2, 3] }))).toBe(6)
  })

  it('is written', async () => {
    const { network, api } = world()
    const writer = api.sum()
    const write = async () => {
      for (let n = 1; n <= 3_000; n++) await writer.write(n)
      return writer.end()
    }
    expect(await network.until(write())).toBe(4_501_500)
  })
})

describe('a stream both ways', () => {
  it('answers items with items', async () => {
    const { network, api } = world()
    const stream = api.double()
    const run = async () => {
      const answers: number[] = []
      for (const n of [1, 2, 3]) {
        await stream.write(n)
        answers.push((await stream.next()).value)
      }
      return [answers, await stream.end()]
    }
    expect(await network.until(run())).toEqual([[2, 4, 6], 6])
  })
})

describe('the client’s own streams', () => {
  it('are called by the server', async () => {
    const { network, client, server } = world()
    await network.until(client.connected())
    const [connection] = server.connections
    expect(await network.until(all(connection!.api.letters('abc')))).toEqual(['a', 'b', 'c'])
    expect(await network.until(connection!.api.collect(undefined, { items: ['x', 'y'] }))).toEqual(['x', 'y'])
  })
})
