import { contract, procedure } from '@wirepact/contract'
import { createServer, type ServerOptions } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    count: procedure({ input: z.number(), yields: z.unknown(), output: z.string() }),
    collect: procedure({ accepts: z.unknown(), output: z.array(z.unknown()) }),
    first: procedure({ accepts: z.number(), output: z.number() }),
    echo: procedure({ accepts: z.string(), yields: z.string() }),
  },
})

type Handlers = ServerOptions<typeof shared, undefined>['handlers']

function world(handlers: Partial<Handlers> = {}) {
  const network = new Network()
  const log: string[] = []
  const server = createServer(shared, {
    system: network.serverSystem,
    report: ({ what, message }) => log.push(`${what}: ${message}`),
    handlers: {
      async *count({ input }) {
        try {
          for (let n = 1; n <= input; n++) yield n
          return `${input} in all`
        } finally {
          log.push('finally')
        }
      },
      async collect({ items }) {
        const all: unknown[] = []
        try {
          for await (const item of items) all.push(item)
        } finally {
          log.push('finally')
        }
        return all
      },
      async first({ items }) {
        for await (const item of items) return item
        return 0
      },
      echo: ({ items }) => items,
      ...handlers,
    },
  })
  network.serve(server)
  const client = network.connect(shared)
  return { network, client, api: client.api, log, server }
}

describe('a stream that is read', () => {
  it('is an iterator: it ends with its output, and then for good', async () => {
    const { network, api } = world()
    const stream = api.count(1)
    const steps = async () => [await stream.next(), await stream.next(), await stream.next()]
    expect(await network.until(steps())).toEqual([
      { done: false, value: 1 },
      { done: true, value: '1 in all' },
      { done: true, value: undefined },
    ])
  })

  it('gives items in the order in which they were asked for', async () => {
    const { network, api } = world()
    const stream = api.count(3)
    const steps = Promise.all([stream.next(), stream.next(), stream.next(), stream.next()])
    expect((await network.until(steps)).map(({ value }) => value)).toEqual([1, 2, 3, '3 in all'])
  })

  it('that is returned from says to whoever waits for an item that there are no more', async () => {
    const { network, api } = world({
      async *count({ signal }) {
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        return yield 1
      },
    })
    const stream = api.count(1)
    const waiting = stream.next()
    await network.advance(100)
    expect(await network.until(stream.return())).toEqual({ done: true, value: undefined })
    expect(await waiting).toEqual({ done: true, value: undefined })
    await expect(stream.result).rejects.toMatchObject({ code: 'cancelled' })
  })

  it('is given up by return, throw, cancel, its signal, and by leaving the scope that uses it', async () => {
    const { network, api, log, client } = world()
    await network.until(client.connected())
    const ways: ((stream: ReturnType<typeof api.count>, stop: AbortController) => unknown)[] = [
      (stream) => stream.return(),
      (stream) => stream.throw(new RangeError('mine')).catch((error) => expect(error).toEqual(new RangeError('mine'))),
      (stream) => stream.cancel('enough'),
      (_, stop) => stop.abort(),
      (stream) => stream[Symbol.dispose](),
      (stream) => stream[Symbol.asyncDispose](),
    ]
    for (const way of ways) {
      const stop = new AbortController()
      const stream = api.count(1_000_000, { signal: stop.signal })
      await network.until(stream.next())
      way(stream, stop)
      expect(await network.until(stream.result.catch(({ code }) => code))).toBe('cancelled')
      await network.advance(50)
    }
    expect(log).toEqual(ways.map(() => 'finally'))
  })

  it('may be left alone: what was not read stops no other', async () => {
    const { network, api } = world({
      *count() {
        for (let n = 0; n < 100; n++) yield new Uint8Array(2_000)
        return 'all'
      },
    })
    // Together four times what all streams of a connection may hold.
    for (let round = 0; round < 320; round++) expect(await network.until(api.count(1).result)).toBe('all')
  })

  it('is a stream of the platform, too', async () => {
    const { network, api, log } = world()
    const read = async () => {
      const all: unknown[] = []
      for await (const item of api.count(5).readable as unknown as AsyncIterable<unknown>) all.push(item)
      return all
    }
    expect(await network.until(read())).toEqual([1, 2, 3, 4, 5])
    const stream = api.count(1_000_000)
    const reader = stream.readable.getReader()
    expect((await network.until(reader.read())).value).toBe(1)
    await network.until(reader.cancel('enough'))
    await network.advance(50)
    expect(log).toEqual(['finally', 'finally'])
  })

  it('waits for a connection like any call, and can be given up meanwhile', async () => {
    const { network, api, server, log } = world()
    network.serve(undefined)
    const [waiting, given] = [api.count(2), api.count(2)]
    await network.advance(100)
    given.cancel()
    expect(await given.result.catch(({ code }) => code)).toBe('cancelled')
    network.serve(server)
    expect(await network.until(waiting.result)).toBe('2 in all')
    expect(log).toEqual(['finally'])
  })

  it('fails as a deadline for all of it says, and for nothing else', async () => {
    const { network, client, api } = world({
      async *count({ signal }) {
        yield 1
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        return ''
      },
    })
    await network.until(client.connected())
    const [bounded, free] = [api.count(1, { timeoutMs: 500 }), api.count(1)]
    await network.advance(120_000)
    expect(await bounded.result.catch(({ code }) => code)).toBe('deadline-exceeded')
    expect(await network.until(free.next())).toEqual({ done: false, value: 1 })
    await expect(api.count(1, { timeoutMs: -1 }).result).rejects.toThrow('timeoutMs must be 0 or more')
  })

  it('that yields what cannot travel is an incident, and one that is too large says so', async () => {
    const { network, api, log } = world({
      *count({ input }) {
        yield input === 1 ? () => {} : 'x'.repeat(17 * 1024 * 1024)
        return ''
      },
    })
    expect(await network.until(api.count(1).result.catch(({ code }) => code))).toBe('internal')
    expect(await network.until(api.count(2).result.catch(({ code }) => code))).toBe('message-too-large')
    expect(log[0]).toContain('output-unsendable: cannot send a function')
  })

  it('whose handler gives nothing to iterate over is an incident', async () => {
    const { network, api, log } = world({ count: () => 5 as never })
    expect(await network.until(api.count(1).result.catch(({ code }) => code))).toBe('internal')
    expect(log).toEqual(['handler-threw: items must be an iterable, an async iterable or a stream'])
  })
})

describe('a stream that is written', () => {
  it('takes any iterable, and any stream of the platform', async () => {
    const { network, api } = world()
    const readable = new ReadableStream({
      start(controller) {
        controller.enqueue('a')
        controller.close()
      },
    })
    const sources = [
      ['a'],
      new Set(['a']),
      readable,
      (async function* () {
        yield 'a'
      })(),
    ]
    for (const items of sources) expect(await network.until(api.collect(undefined, { items }))).toEqual(['a'])
    expect(() => api.collect(undefined, { items: 5 as never })).toThrow('items must be an iterable')
  })

  it('is a stream of the platform, too, whose end is the result', async () => {
    const { network, api } = world()
    const writer = api.collect()
    const source = new ReadableStream({
      start(controller) {
        for (const n of [1, 2, 3]) controller.enqueue(n)
        controller.close()
      },
    })
    await network.until(source.pipeTo(writer.writable))
    expect(await writer.result).toEqual([1, 2, 3])
  })

  it('that was answered early says so to its writer, and its result stands', async () => {
    const { network, api } = world()
    const writer = api.first()
    await network.until(writer.write(7))
    expect(await network.until(writer.result)).toBe(7)
    await expect(writer.write(8)).rejects.toMatchObject({ code: 'cancelled' })
    expect(await writer.end()).toBe(7)
  })

  it('rejects every write that waits when the call fails', async () => {
    const { network, api } = world({
      async collect() {
        throw new Error('mine')
      },
    })
    const writer = api.collect()
    const writes = Array.from({ length: 2_000 }, (_, n) =>
      writer.write(n).then(
        () => 'sent',
        ({ code }) => code,
      ),
    )
    const outcomes = await network.until(Promise.all(writes))
    expect(new Set(outcomes)).toEqual(new Set(['sent', 'internal']))
    await expect(writer.result).rejects.toMatchObject({ code: 'internal' })
  })

  it('takes nothing after its end, and nothing where its items were given', async () => {
    const { network, api } = world()
    const writer = api.collect()
    const ended = writer.end()
    await expect(writer.write(1)).rejects.toThrow('written after the end')
    expect(await network.until(ended)).toEqual([])
    expect(() => (api.count(1) as unknown as { write(n: number): void }).write(1)).toThrow('takes no items')
  })

  it('ends with what could not be sent, or with what its source threw; and the handler hears of it', async () => {
    const { network, api, log } = world()
    const bad = api.collect(undefined, { items: [1, () => {}] })
    expect(await network.until(bad.catch(({ code, message }) => `${code}: ${message}`))).toContain(
      'cannot send a function',
    )
    const source = (function* () {
      yield 1
      throw new RangeError('mine')
    })()
    const broken = api.collect(undefined, { items: source })
    expect(await network.until(broken.catch(({ code, cause }) => [code, cause]))).toEqual([
      'cancelled',
      new RangeError('mine'),
    ])
    await network.advance(50)
    expect(log).toEqual(['finally', 'finally'])
  })

  it('that never came to run goes out on the next session, from its first item', async () => {
    const { network, api, server } = world()
    network.serve(undefined)
    const writer = api.collect()
    const writes = Promise.all([writer.write('a'), writer.write('b')])
    await network.advance(1_000)
    network.serve(server)
    await network.until(writes)
    expect(await network.until(writer.end())).toEqual(['a', 'b'])
  })
})

describe('items', () => {
  it('of bytes come as Uint8Array, also from a larger buffer', async () => {
    const { network, api } = world()
    const bytes = Uint8Array.from({ length: 100 }, (_, n) => n)
    const [got] = await network.until(api.collect(undefined, { items: [bytes.subarray(10, 20)] }))
    expect(got).toEqual(bytes.slice(10, 20))
    expect(got?.constructor).toBe(Uint8Array)
  })
})
