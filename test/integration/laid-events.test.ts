import { shapes } from '@wirepact/client/shapes'
import { compile, contract, event } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { BinaryCodec, Kind, type Message, trustedLimits } from '@wirepact/protocol'
import { composingShaper, generatingShaper } from '@wirepact/protocol/node'
import { createServer } from '@wirepact/server'
import { Link, Network } from '@wirepact/testing'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'

const Reading = z.object({ sensor: z.string(), value: z.number(), unit: z.enum(['C', 'F']).optional() })
const shared = contract({ events: { reading: event({ payload: Reading, onGap: 'skip' }) } })
const other = contract({
  events: { reading: event({ payload: Reading.extend({ more: z.string().optional() }), onGap: 'skip' }) },
})
const fingerprint = compile(shared).fingerprint
const codec = new BinaryCodec(trustedLimits)

type Heard = { readonly first: number; readonly message: Message }

/** What a subscriber hears that says what it is told to. */
function listen(network: Network, server: ReturnType<typeof serve>, shapes: number | undefined) {
  const heard: Heard[] = []
  const link = new Link({
    clock: network.clock,
    encoding: 'binary',
    latencyMs: () => 1,
    deliver: () => {},
    closed() {},
  })
  server.accept({ ...link.server, shaper: generatingShaper })
  const laid = composingShaper('{"sensor":string,"unit"?:literal("C","F"),"value":number}')
  const layouts = { input: () => laid, output: () => laid, payload: () => laid }
  link.client.start({
    message(bytes, start, end) {
      heard.push({ first: bytes[start] as number, message: codec.decode(bytes, start, end, false, layouts) })
    },
    text() {},
    closed() {},
  })
  link.client.channel.send(codec.encode({ kind: Kind.hello, fingerprint, shapes }))
  const subscribe = (position?: { epoch: string; offset: number }) =>
    link.client.channel.send(codec.encode({ kind: Kind.subscribe, id: 1, event: 0, topic: undefined, position }))
  const events = () =>
    heard.flatMap(({ first, message }) =>
      message.kind === Kind.event ? [[first, message.offset, message.payload]] : [],
    )
  return { events, subscribe }
}

function serve(network: Network, log?: MemoryLog, recordsPerTopic = 1_000) {
  const kept = log ?? new MemoryLog({ now: () => network.clock.now(), epoch: 'e', recordsPerTopic })
  const server = createServer(shared, { handlers: {}, system: network.serverSystem, log: kept, report: () => {} })
  onTestFinished(() => server.close())
  return server
}

const [laidEvent, plainEvent] = [0x80 | Kind.event, Kind.event]

describe('events laid out by shape', () => {
  it('reach whoever has the shape as they were laid out, and all others as plain values', async () => {
    const network = new Network()
    const server = serve(network)
    const [knows, plain] = [listen(network, server, 1), listen(network, server, undefined)]
    await network.advance(50)
    for (const each of [knows, plain]) each.subscribe()
    await network.advance(50)
    await server.events.reading.publish({ sensor: 'cpu', value: 21.5, secret: 'never leaves' } as {
      sensor: string
      value: number
    })
    await server.events.reading.publish({ sensor: 'cpu', value: 22, unit: 'F' })
    // It does not fit: a field that is there and undefined.
    await server.events.reading.publish({ sensor: 'cpu', value: 23, unit: undefined })
    await network.advance(50)
    const payloads = [
      { sensor: 'cpu', value: 21.5 },
      { sensor: 'cpu', value: 22, unit: 'F' },
      { sensor: 'cpu', value: 23, unit: undefined },
    ]
    expect(knows.events()).toEqual(
      [laidEvent, laidEvent, plainEvent].map((first, nth) => [first, nth + 1, payloads[nth]]),
    )
    expect(plain.events()).toEqual(payloads.map((payload, nth) => [plainEvent, nth + 1, payload]))
  })

  it('are checked as ever', async () => {
    const network = new Network()
    const server = serve(network)
    const knows = listen(network, server, 1)
    await network.advance(50)
    knows.subscribe()
    await network.advance(50)
    const wrong = { sensor: 'cpu', value: 'warm' } as unknown as { sensor: string; value: number }
    await expect(server.events.reading.publish(wrong)).rejects.toThrow(
      'this is not a payload that reading allows: at .value',
    )
    await expect(server.events.reading.publish({ sensor: 'cpu', value: Number.NaN })).rejects.toThrow(TypeError)
    await network.advance(50)
    expect(knows.events()).toEqual([])
  })

  it('are replayed from the log in the form that each subscriber reads, whatever they were published as', async () => {
    const network = new Network()
    const server = serve(network)
    // Nobody who has the shape has come yet.
    await server.events.reading.publish({ sensor: 'cpu', value: 1 })
    const [knows, plain] = [listen(network, server, 1), listen(network, server, undefined)]
    await network.advance(50)
    for (let value = 2; value <= 300; value++) await server.events.reading.publish({ sensor: 'cpu', value })
    for (const each of [knows, plain]) each.subscribe({ epoch: 'e', offset: 250 })
    await network.advance(50)
    const expected = Array.from({ length: 50 }, (_, nth) => ({ sensor: 'cpu', value: nth + 251 }))
    expect(knows.events()).toEqual(expected.map((payload, nth) => [laidEvent, nth + 251, payload]))
    expect(plain.events()).toEqual(expected.map((payload, nth) => [plainEvent, nth + 251, payload]))
  })

  it('of two servers of one log, whose contracts differ, reach each other’s subscribers', async () => {
    const network = new Network()
    const log = new MemoryLog({ now: () => 0, epoch: 'e' })
    const [first, second] = [
      serve(network, log),
      createServer(other, { handlers: {}, system: network.serverSystem, log }),
    ]
    onTestFinished(() => second.close())
    const knows = listen(network, first, 1)
    network.serve(second)
    const client = network.connect(other)
    const seen: unknown[] = []
    await network.until(client.events.reading.subscribe({ next: (payload) => seen.push(payload) }).ready)
    knows.subscribe()
    await network.advance(50)
    await first.events.reading.publish({ sensor: 'first', value: 1 })
    await second.events.reading.publish({ sensor: 'second', value: 2, more: 'x' })
    await network.advance(50)
    expect(seen).toEqual([
      { sensor: 'first', value: 1 },
      { sensor: 'second', value: 2, more: 'x' },
    ])
    expect(knows.events().map(([, , payload]) => payload)).toEqual(seen)
  })

  it('are read without generated code by a page that asks for it', async () => {
    const network = new Network()
    const server = serve(network)
    network.serve(server)
    let asked = 0
    const client = network.connect(shared, {
      shapes: (compiled) => {
        asked++
        return shapes(compiled)
      },
    })
    const seen: unknown[] = []
    await network.until(client.events.reading.subscribe({ next: (payload) => seen.push(payload) }).ready)
    await server.events.reading.publish({ sensor: 'cpu', value: 1, unit: 'F' })
    await network.advance(50)
    expect([seen, asked]).toEqual([[{ sensor: 'cpu', value: 1, unit: 'F' }], 1])
  })

  it('are plain values in a log that does not keep what they are to be read with', async () => {
    const network = new Network()
    const kept = new MemoryLog({ now: () => 0, epoch: 'e' })
    const log = {
      ...{ caps: kept.caps, kv: kept.kv },
      append: kept.append.bind(kept),
      read: kept.read.bind(kept),
      head: kept.head.bind(kept),
      heads: kept.heads.bind(kept),
      watch: kept.watch.bind(kept),
      close: kept.close.bind(kept),
    }
    const server = createServer(shared, { handlers: {}, system: network.serverSystem, log })
    onTestFinished(() => server.close())
    const knows = listen(network, server as ReturnType<typeof serve>, 1)
    await network.advance(50)
    knows.subscribe()
    await network.advance(50)
    await server.events.reading.publish({ sensor: 'cpu', value: 1 })
    await network.advance(50)
    expect(knows.events()).toEqual([[plainEvent, 1, { sensor: 'cpu', value: 1 }]])
  })
})
