import { contract, event } from '@wirepact/contract'
import { type EventLog, MemoryLog, type Position, type ReadLimits } from '@wirepact/eventlog'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  events: {
    log: event({ topic: z.number(), payload: z.string(), onGap: 'skip' }),
    shown: event({ topic: z.number(), payload: z.number(), snapshot: z.string() }),
  },
})

/** A log that takes its time to be read, as an engine's does, and notes how it is read. */
class SlowLog extends MemoryLog {
  readonly network: Network
  reads = 0
  /** The most reads of one topic that were under way at once. */
  most = 0
  readonly #running = new Map<string, number>()

  constructor(network: Network) {
    super({ now: () => network.clock.now(), epoch: 'e' })
    this.network = network
  }

  get port(): EventLog {
    return {
      ...{ caps: this.caps, kv: this.kv },
      append: (topic, data) => this.append(topic, data),
      head: (topic) => this.head(topic),
      heads: (topics) => this.heads(topics),
      watch: (topic, listener) => this.watch(topic, listener),
      close: () => this.close(),
      read: (topic, after, limits) => this.#later(topic, after, limits),
    }
  }

  async #later(topic: string, after: Position, limits: ReadLimits) {
    const running = (this.#running.get(topic) ?? 0) + 1
    this.reads++
    this.most = Math.max(this.most, running)
    this.#running.set(topic, running)
    await new Promise<void>((resolve) => this.network.clock.schedule(3, resolve))
    this.#running.set(topic, (this.#running.get(topic) ?? 0) - 1)
    return this.read(topic, after, limits)
  }
}

const highWaterBytes = 64 * 1024
/** What a chunk of the log has at most, as messages. */
const chunkBytes = 300 * 1024

/** The most bytes that ever waited for one connection, as far as one looks every millisecond. */
async function mostBuffered(network: Network, server: { readonly connections: Iterable<{ bufferedBytes: number }> }) {
  let most = 0
  for (let ms = 0; ms < 4_000; ms++) {
    await network.advance(1)
    for (const { bufferedBytes } of server.connections) most = Math.max(most, bufferedBytes)
  }
  return most
}

describe('a long replay', () => {
  it.each(['memory', 'engine'])('of 10,000 records (%s) comes in chunks that wait for room', async (kind) => {
    const network = new Network({ latencyMs: 20 })
    const log = new SlowLog(network)
    const server = createServer(shared, {
      ...{ system: network.serverSystem, handlers: {}, report: () => {}, limits: { highWaterBytes } },
      log: kind === 'memory' ? log : log.port,
      events: { shown: { snapshot: () => '' } },
    })
    network.serve(server)
    const client = network.connect(shared, { report: () => {} })
    const heard: string[] = []
    client.events.log.subscribe(1, { next: (text) => heard.push(text), gap: () => heard.push('gap') })
    await network.advance(200)
    network.cut()
    const texts = Array.from({ length: 10_000 }, (_, index) => `${index} ${'x'.repeat(200)}`)
    for (const text of texts) await server.events.log.publish(1, text)
    expect(await mostBuffered(network, server)).toBeLessThan(highWaterBytes + chunkBytes)
    await network.advance(60_000)
    expect(heard).toEqual(texts)
  })

  it('of many topics at once waits for room just so, goes round among them, and starves none', async () => {
    const network = new Network({ latencyMs: 20 })
    const log = new SlowLog(network)
    const server = createServer(shared, {
      ...{ system: network.serverSystem, handlers: {}, report: () => {}, limits: { highWaterBytes }, log: log.port },
      events: { shown: { snapshot: () => '' } },
    })
    network.serve(server)
    const client = network.connect(shared, { report: () => {} })
    const topics = Array.from({ length: 60 }, (_, index) => index)
    const heard = topics.map(() => 0)
    const firstAt = topics.map(() => 0)
    let total = 0
    for (const topic of topics) {
      client.events.log.subscribe(topic, {
        next() {
          heard[topic] = (heard[topic] ?? 0) + 1
          total++
          firstAt[topic] ||= total
        },
      })
    }
    await network.advance(200)
    network.cut()
    for (const topic of topics)
      for (let n = 0; n < 600; n++) await server.events.log.publish(topic, `${n} ${'x'.repeat(200)}`)
    expect(await mostBuffered(network, server)).toBeLessThan(highWaterBytes + chunkBytes)
    await network.advance(120_000)
    expect(heard).toEqual(topics.map(() => 600))
    // Every topic had its first chunk of 256 before any had its third.
    expect(Math.max(...firstAt)).toBeLessThan(60 * 512)
  })

  it('of snapshots waits for room, and so does what follows each', async () => {
    const network = new Network({ latencyMs: 20 })
    const server = createServer(shared, {
      ...{ system: network.serverSystem, handlers: {}, report: () => {}, limits: { highWaterBytes } },
      events: { shown: { snapshot: ({ topic }) => `${topic} ${'x'.repeat(100_000)}` } },
    })
    network.serve(server)
    const client = network.connect(shared, { report: () => {} })
    const shown = new Map<number, string>()
    for (let topic = 0; topic < 100; topic++) {
      client.events.shown.subscribe(topic, {
        snapshot: (value) => shown.set(topic, value.split(' ')[0] as string),
        next: (n) => shown.set(topic, `${shown.get(topic)} then ${n}`),
      })
    }
    const watched = mostBuffered(network, server)
    await network.clock.until(client.connected(), 1_000)
    for (let topic = 0; topic < 100; topic++) void server.events.shown.publish(topic, topic)
    // 100 × 100 kB would be more than twice the hard cap.
    expect(await watched).toBeLessThan(highWaterBytes + 110_000)
    await network.advance(20_000)
    expect(client.status.value.phase).toBe('connected')
    expect([...shown.values()].every((value) => /^(\d+)( then \1)?$/.test(value))).toBe(true)
    expect(shown.size).toBe(100)
  })
})

describe('whoever leaves while a snapshot waits for room', () => {
  it('may come back to the topic, and gets another', async () => {
    const network = new Network({ latencyMs: 20 })
    const server = createServer(shared, {
      ...{ system: network.serverSystem, handlers: {}, report: () => {}, limits: { highWaterBytes } },
      events: { shown: { snapshot: ({ topic }) => `${topic} ${'x'.repeat(100_000)}` } },
    })
    network.serve(server)
    const client = network.connect(shared, { report: () => {} })
    await network.advance(100)
    const shown: number[] = []
    const listen = (topic: number) =>
      client.events.shown.subscribe(topic, { next() {}, snapshot: () => shown.push(topic) })
    for (let round = 0; round < 3; round++) {
      const subscriptions = Array.from({ length: 20 }, (_, topic) => listen(topic))
      await network.advance(15)
      for (const subscription of subscriptions) subscription.unsubscribe()
    }
    shown.length = 0
    for (let topic = 0; topic < 20; topic++) listen(topic)
    await network.advance(20_000)
    expect(shown.sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, topic) => topic))
    expect(client.status.value.phase).toBe('connected')
  })
})

describe('many who come back to one topic at once', () => {
  it('share its reads, of which one is under way at a time, and miss nothing', async () => {
    const network = new Network()
    const log = new SlowLog(network)
    const server = createServer(shared, {
      ...{ system: network.serverSystem, handlers: {}, report: () => {}, log: log.port },
      events: { shown: { snapshot: () => '' } },
    })
    network.serve(server)
    const count = 150
    const heard = Array.from({ length: count }, () => [] as string[])
    for (const each of heard) {
      const client = network.connect(shared, { report: () => {}, reconnect: { firstMs: 20, baseMs: 20 } })
      client.events.log.subscribe(1, { next: (text) => each.push(text), gap: () => each.push('gap') })
    }
    await network.advance(1_000)
    const texts = Array.from({ length: 1_000 }, (_, index) => String(index))
    for (const text of texts.slice(0, 20)) await server.events.log.publish(1, text)
    await network.advance(3)
    network.cut()
    for (const text of texts.slice(20)) await server.events.log.publish(1, text)
    const before = log.reads
    await network.advance(10_000)
    for (const each of heard) expect(each).toEqual(texts)
    expect(log.most).toBe(1)
    expect(log.reads - before).toBeLessThan(count / 2)
  })
})
