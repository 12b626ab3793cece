import { connect } from '@wirepact/client/node'
import { contract, event, procedure } from '@wirepact/contract'
import { createServer, type LimitsOption, trustedLimits } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { z } from 'zod'
import { computeFor } from '../harness/computing.ts'
import { answerTo, BenchEvent, Readings, readingsFor, UnaryInput, UnaryOutput } from '../harness/shapes.ts'
import { blocksFor, isBlockAt, itemsFor, Sequence, StreamItem } from '../harness/stream-items.ts'
import type { Subject, SubjectClient, SubjectServer } from '../harness/subject.ts'

/** Where connections are cut: how soon one comes back is not what is measured. */
const SOON_MS = 50

const bench = contract({
  server: {
    answer: procedure({ input: UnaryInput, output: UnaryOutput }),
    compute: procedure({ input: UnaryInput, output: UnaryOutput }),
    history: procedure({ input: UnaryInput, output: Readings }),
    echo: procedure({ input: z.instanceof(Uint8Array), output: z.instanceof(Uint8Array) }),
    items: procedure({ input: z.number(), yields: StreamItem, output: z.number() }),
    download: procedure({ input: z.number(), yields: z.instanceof(Uint8Array), output: z.number() }),
    upload: procedure({ accepts: z.instanceof(Uint8Array), output: z.number() }),
  },
  // A gap ends the subscription, and with it the round: no event may be lost.
  events: {
    reading: event({ payload: BenchEvent, onGap: 'error' }),
    topics: event({ topic: z.number(), payload: BenchEvent, onGap: 'error' }),
  },
})

function nameOf(index: number): string {
  return `answer${index}`
}

const contracts = new Map<number, ReturnType<typeof contractOf>>()

/** A contract is made once for a process, as an application does. */
function procedures(count: number): ReturnType<typeof contractOf> {
  const made = contracts.get(count) ?? contractOf(count)
  contracts.set(count, made)
  return made
}

function contractOf(count: number) {
  const one = procedure({ input: UnaryInput, output: UnaryOutput })
  const server = Object.fromEntries(Array.from({ length: count }, (_, index) => [nameOf(index), one]))
  return contract({ server: server as Record<string, typeof one> })
}

/** wirepact with one of its presets; all its safeties are on, as they always are. */
export function wirepact(limits: 'trusted' | 'public'): Subject {
  return {
    about: `wirepact, limits of the preset "${limits}", zod on input, output and payload`,
    packages: ['@wirepact/server', '@wirepact/client', 'zod'],
    serve: () => serve(limits),
    connect: (port) => open(port),
    async connectToProcedures(port, count) {
      const client = connect(procedures(count), `ws://127.0.0.1:${port}`)
      await client.connected()
      return client.api[nameOf(count - 1)]!
    },
  }
}

export const subject: Subject = wirepact('trusted')

/** The same without sessions that outlive their connection, to see what those cost. */
export const withoutResume: Subject = {
  ...wirepact('trusted'),
  about: 'wirepact, limits of the preset "trusted", sessions that end with their connection',
  serve: () => serve({ ...trustedLimits, detachedMs: 0 }),
}

/** The same with processes that stay awake while somebody talks. */
export const withLowLatency: Subject = {
  ...wirepact('trusted'),
  about: 'wirepact, limits of the preset "trusted", lowLatencyMs: 5 on both sides',
  serve: () => serve('trusted', { lowLatencyMs: 5 }),
  connect: (port) => open(port, { lowLatencyMs: 5 }),
}

/** The same with limits of one's own. */
export function withLimits(about: string, limits: LimitsOption): Subject {
  return { ...wirepact('public'), about: `wirepact, ${about}`, serve: () => serve(limits) }
}

interface Door {
  readonly lowLatencyMs?: number
}

async function serve(limits: LimitsOption, door: Door = {}): Promise<SubjectServer> {
  const server = createServer(bench, {
    limits,
    handlers: {
      answer: ({ input }) => answerTo(input),
      compute: ({ input }) => computeFor(input),
      history: ({ input }) => readingsFor(input),
      echo: ({ input }) => input,
      items: ({ input }) => itemsFor(input),
      download: ({ input }) => blocksFor(input),
      async upload({ items }) {
        const seen = new Sequence(isBlockAt)
        for await (const block of items) seen.next(block)
        return seen.count
      },
    },
  })
  // A publisher cannot ask how much waits for a subscriber, but whoever brings the connections can.
  const channels: { readonly bufferedBytes: number }[] = []
  const accept = server.accept.bind(server)
  server.accept = (source, request) => {
    channels.push(source.channel)
    accept(source, request)
  }
  const { port } = await listen(server, { port: 0, host: '127.0.0.1', ...door })
  return {
    port,
    async serveProcedures(count) {
      const answers = Array.from({ length: count }, (_, index) => [
        nameOf(index),
        ({ input }: { readonly input: UnaryInput }) => answerTo(input),
      ])
      const more = createServer(procedures(count), { limits, handlers: Object.fromEntries(answers) })
      return (await listen(more, { port: 0, host: '127.0.0.1' })).port
    },
    publish: (payload) => void server.events.reading.publish(payload),
    queuedBytes: () => Math.max(0, ...channels.map(({ bufferedBytes }) => bufferedBytes)),
    highWaterBytes: server.limits.highWaterBytes,
  }
}

async function open(port: number, door: Door = {}): Promise<SubjectClient> {
  const client = connect(bench, `ws://127.0.0.1:${port}`, {
    reconnect: { baseMs: SOON_MS, firstMs: SOON_MS, capMs: 90 },
    ...door,
  })
  await client.connected()
  return {
    call: client.api.answer,
    async returned() {
      if (client.status.value.phase === 'connected') {
        await new Promise<void>((resolve) => {
          const stop = client.status.subscribe(() => resolve(stop()))
        })
      }
      await client.connected()
    },
    compute: client.api.compute,
    history: client.api.history,
    echo: client.api.echo,
    subscribe: (next, ended) => client.events.reading.subscribe({ next, ended }).ready,
    subscribeTo: (topic) => client.events.topics.subscribe(topic, { next: () => {} }).ready,
    items: (milliseconds, next) => readAll(client.api.items(milliseconds), next),
    download: (milliseconds, next) => readAll(client.api.download(milliseconds), next),
    // A stream outlives everything but its session, and has no deadline unless it is given one.
    upload: (items) => client.api.upload(undefined, { items }),
    survivesCuts: true,
  }
}

async function readAll<Item>(
  stream: AsyncIterable<Item> & { readonly result: Promise<number> },
  next: (item: Item) => void,
): Promise<number> {
  for await (const item of stream) next(item)
  return await stream.result
}
