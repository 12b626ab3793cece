import { createClient } from '@wirepact/client'
import { compile, contract, procedure } from '@wirepact/contract'
import { binaryCodec } from '@wirepact/peer'
import { Kind, type Message, trustedLimits } from '@wirepact/protocol'
import { Link, Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({ server: { echo: procedure({ input: z.string(), output: z.string() }) } })
const codec = binaryCodec(trustedLimits)
const { fingerprint } = compile(shared)

/** A client of a server that welcomes whoever comes, and says the same to each after so long. */
function sentAway(afterMs: number, { delayMs, deadlineMs }: { delayMs: number; deadlineMs: number }) {
  const network = new Network({ seed: 1 })
  const { clock } = network
  const dials: number[] = []
  const client = createClient(
    shared,
    async () => {
      const session = `s${dials.push(clock.now())}`
      const link = new Link({ clock, encoding: 'binary', latencyMs: () => 1, deliver: () => {}, closed: () => {} })
      const say = (message: Message) => link.server.channel.send(codec.encode(message))
      const receive = (bytes: Uint8Array, start: number, end: number) => {
        const message = codec.read(bytes, start, end)
        if (message.kind === Kind.ping) say({ kind: Kind.pong, nonce: message.nonce })
        if (message.kind === Kind.call) say({ kind: Kind.result, id: message.id, output: message.input })
        if (message.kind !== Kind.hello) return
        const limits = { messageBytes: 1_000_000, callsInFlight: 10 }
        say({ kind: Kind.welcome, session, token: new Uint8Array(32), heartbeatMs: 60_000, limits, fingerprint })
        clock.schedule(afterMs, () => say({ kind: Kind.goaway, reason: 'not here', delayMs, deadlineMs }))
      }
      link.server.start({ message: receive, text() {}, closed() {} })
      return link.client
    },
    { system: { clock, random: () => network.random.next() }, report: () => {} },
  )
  const phases = new Set<string>()
  client.status.subscribe(({ phase }) => phases.add(phase))
  return { network, client, dials, phases }
}

describe('a client that every server sends away', () => {
  it('at once goes slower and slower, and has a connection all the while', async () => {
    const { network, client, dials, phases } = sentAway(0, { delayMs: 0, deadlineMs: 600_000 })
    await network.advance(60_000)
    expect(dials.length).toBeLessThan(30)
    expect([...phases]).toEqual(['connected'])
    expect(await network.until(client.api.echo('still'))).toBe('still')
    await network.until(client.close())
    await network.advance(60_000)
    expect(network.clock.pending).toBe(0)
  })

  it('within moments, and closes soon, is not gone into a ring either', async () => {
    const { network, client, dials } = sentAway(1, { delayMs: 0, deadlineMs: 0 })
    await network.advance(60_000)
    // With no time left it may try once a second, as after a connection that broke.
    expect(dials.length).toBeLessThan(200)
    await network.until(client.close())
  })

  it('from connections that were stable goes each time at once', async () => {
    const { network, client, dials } = sentAway(6_000, { delayMs: 0, deadlineMs: 60_000 })
    await network.advance(61_000)
    expect(dials.length).toBe(11)
    await network.until(client.close())
  })
})
