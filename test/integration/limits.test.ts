import { Target } from '@wirepact/cli/node'
import { BinaryCodec, Kind, type Message, trustedLimits } from '@wirepact/protocol'
import type { Limits } from '@wirepact/server'
import { UpgradeError } from '@wirepact/websocket/node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { serve } from './serve.ts'

// The server's limits at their edges: the last that passes, and the first that does not. Streams, windows and what is
// kept for absent clients have tests of their own; those per second beside these in rates.test.ts.

const codec = new BinaryCodec(trustedLimits)

async function besieged(limits: Partial<Limits>) {
  const { url, runs } = await serve({ limits })
  const target = new Target(new URL(url), 'ann')
  const guest = async (options?: { json?: boolean }) => {
    const client = await target.guest(options)
    onTestFinished(() => client.leave())
    return client
  }
  const stranger = async () => {
    const client = await target.stranger()
    onTestFinished(() => client.leave())
    return client
  }
  return { target, guest, stranger, runs }
}

type Guest = Awaited<ReturnType<Target['guest']>>

/** Methods by number: bytes, increment, interval, join, log, nested.echo, nested.fail, nested.retried, nested.slow … */
async function call(client: Guest, id: number, method: string, input: unknown): Promise<void> {
  client.sayText(JSON.stringify({ kind: 'call', id, method, input }))
}

const answerTo = (client: Guest, id: number, kind: 'error' | 'result') =>
  client.until((message) => message.kind === Kind[kind] && message.id === id, 2_000)

/** The message, padded to so many bytes in all. */
function ofSize(size: number, make: (padding: string) => Message): Uint8Array {
  for (let padding = size; padding >= 0; padding--) {
    const { bytes, start, end } = codec.encode(make('x'.repeat(padding)))
    if (end - start === size) return bytes.slice(start, end)
  }
  throw new Error('no padding gives that size')
}

describe('at the limit and one beyond', () => {
  it('messageBytes', async () => {
    const { guest } = await besieged({ messageBytes: 1_024 })
    const message = (size: number) => ofSize(size, (text) => ({ kind: Kind.call, id: 1, method: 99, input: text }))
    const fits = await guest()
    fits.sayBytes(message(1_024))
    expect(await answerTo(fits, 1, 'error')).toMatchObject({ code: 'unimplemented' })
    const beyond = await guest()
    beyond.sayBytes(message(1_025))
    expect(await beyond.ended()).toMatchObject({ code: 1009 })
  })

  it('helloBytes', async () => {
    const { stranger } = await besieged({ helloBytes: 200 })
    const hello = (size: number) => ofSize(size, (credentials) => ({ kind: Kind.hello, fingerprint: '', credentials }))
    const fits = await stranger()
    fits.sayBytes(hello(200))
    expect(await fits.until(({ kind }) => kind === Kind.welcome)).toBeDefined()
    const beyond = await stranger()
    beyond.sayBytes(hello(201))
    expect(await beyond.ended()).toMatchObject({ code: 1009 })
  })

  it('waitingConnections: HTTP 503, and a place is free when one of them has been welcomed', async () => {
    const { stranger } = await besieged({ waitingConnections: 2 })
    const first = await stranger()
    await stranger()
    const refused = await stranger().catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(UpgradeError)
    expect(refused).toMatchObject({ status: 503 })
    await first.hello()
    await stranger()
  })

  it('callsInFlight: the error names it, and a slot is free when a handler has settled, not when it is cancelled', async () => {
    const { guest, runs } = await besieged({ callsInFlight: 2 })
    const client = await guest({ json: true })
    for (const id of [1, 2, 3]) await call(client, id, 'nested.slow', { ms: 200 })
    expect(await answerTo(client, 3, 'error')).toMatchObject({
      code: 'resource-exhausted',
      message: expect.stringContaining('callsInFlight'),
    })
    expect(await answerTo(client, 1, 'result')).toBeDefined()
    await call(client, 4, 'nested.slow', { ms: 1 })
    expect(await answerTo(client, 4, 'result')).toBeDefined()
    expect(runs.count).toBe(3)
  })

  it('subscriptions: the refusal names it, and a place is free after unsubscribe', async () => {
    const { guest } = await besieged({ subscriptions: 2 })
    const client = await guest({ json: true })
    const subscribe = (id: number) =>
      client.sayText(JSON.stringify({ kind: 'subscribe', id, event: 'tick', topic: { room: `${id}` } }))
    for (const id of [1, 2, 3]) subscribe(id)
    const answer = (id: number, kind: number) =>
      client.until((each) => each.kind === kind && 'id' in each && each.id === id)
    expect(await answer(2, Kind.subscribed)).toBeDefined()
    expect(await answer(3, Kind.unsubscribed)).toMatchObject({
      code: 'resource-exhausted',
      message: expect.stringContaining('(subscriptions)'),
    })
    client.sayText('{"kind":"unsubscribe","id":1}')
    subscribe(4)
    expect(await answer(4, Kind.subscribed)).toBeDefined()
  })

  it.each([
    ['depth', { depth: 3 }, [[[1]]], [[[[1]]]]],
    ['items', { items: 4 }, [1, 2, 3], [1, 2, 3, 4]],
    ['keyBytes', { keyBytes: 12 }, { abcdefghijkl: 1 }, { abcdefghijklm: 1 }],
  ])('%s', async (_name, limits, fits, beyond) => {
    const { guest } = await besieged(limits)
    const client = await guest()
    client.say({ kind: Kind.call, id: 1, method: 99, input: fits })
    expect(await answerTo(client, 1, 'error')).toMatchObject({ code: 'unimplemented' })
    client.say({ kind: Kind.call, id: 2, method: 99, input: beyond })
    expect(await client.ended()).toMatchObject({ code: 4422 })
  })

  it('pingsPerSecond: twice as many at once are answered, of the others the last, and the connection lives', async () => {
    const { guest } = await besieged({ pingsPerSecond: 5 })
    const client = await guest()
    for (let nonce = 1; nonce <= 30; nonce++) client.say({ kind: Kind.ping, nonce })
    const isPong = (each: Message) => each.kind === Kind.pong
    await client.until((each) => isPong(each) && (each as { nonce: number }).nonce === 30)
    expect(client.heard.filter(isPong)).toHaveLength(11)
    expect(await client.probe()).toBeDefined()
  })

  it('cancelsPerSecond: what is cancelled beyond it runs on', async () => {
    const { guest, runs } = await besieged({ cancelsPerSecond: 1 })
    const client = await guest({ json: true })
    for (const id of [1, 2, 3]) await call(client, id, 'nested.slow', { ms: 50 })
    for (const id of [1, 2, 3]) client.sayText(JSON.stringify({ kind: 'cancel', id }))
    expect(await answerTo(client, 3, 'result')).toBeDefined()
    expect(runs.aborted).toEqual(['cancelled', 'cancelled'])
  })
})
