import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({ server: { echo: procedure({ input: z.string(), output: z.string() }) } })

async function connected(seed: number) {
  const network = new Network({ seed })
  const lost: number[] = []
  const server = createServer(shared, {
    ...{ system: network.serverSystem, report: () => {} },
    handlers: { echo: ({ input }) => input },
    onAbsent: () => lost.push(network.clock.now()),
  })
  network.serve(server)
  const client = network.connect(shared, { report: () => {} })
  const broke: number[] = []
  client.status.subscribe(({ phase }) => {
    if (phase === 'reconnecting') broke.push(network.clock.now())
  })
  await network.advance(1_000)
  return { network, server, client, broke, lost }
}

const seeds = Array.from({ length: 100 }, (_, index) => index + 1)

describe('a connection that died unseen', () => {
  it.each(seeds)('is found by the client within 35 s and by the server within 33 s (seed %i)', async (seed) => {
    const { network, server, client, broke, lost } = await connected(seed)
    await network.advance(network.random.below(60_000))
    expect(broke).toEqual([])
    const died = network.clock.now()
    // Nobody else to come back to, so that the server has to find out by itself.
    network.serve(undefined)
    for (const link of network.links) link.swallow()
    await network.advance(36_000)
    expect((broke[0] as number) - died).toBeLessThanOrEqual(35_000)
    expect((lost[0] as number) - died).toBeLessThanOrEqual(33_000)
    expect(server.connections.size).toBe(0)
    network.serve(server)
    expect(await network.until(client.api.echo('back'))).toBe('back')
  })
})

describe('a machine that slept', () => {
  it.each(seeds.slice(0, 10))('finds its dead connection within one probe of waking (seed %i)', async (seed) => {
    const { network, client, broke } = await connected(seed)
    await network.advance(network.random.below(30_000))
    for (const link of network.links) link.cutFor('server')
    await network.clock.sleep(3_600_000)
    const woke = network.clock.now()
    await network.advance(20_000)
    expect((broke[0] as number) - woke).toBeLessThanOrEqual(10_000)
    expect(client.status.value.phase).toBe('connected')
  })

  it('keeps a connection that is alive, even when its ping lay unread all the while', async () => {
    const { network, client, broke } = await connected(3)
    await network.clock.sleep(40_000)
    await network.advance(20_000)
    expect(await network.until(client.api.echo('still here'))).toBe('still here')
    expect(broke).toEqual([])
  })

  it('notices by the time of day, where the clock stood still', async () => {
    const network = new Network()
    const server = createServer(shared, {
      ...{ system: network.serverSystem, report: () => {} },
      handlers: { echo: ({ input }) => input },
    })
    network.serve(server)
    let skipped = 0
    const { clock } = network
    const system = { clock, random: () => 0.5, timeOfDay: () => clock.now() + skipped }
    const client = network.connect(shared, { system, report: () => {} })
    await network.advance(1_000)
    for (const link of network.links) link.swallow()
    skipped = 3_600_000
    const woke = clock.now()
    const phases: string[] = []
    client.status.subscribe(({ phase }) => phases.push(`${phase} ${clock.now() - woke <= 10_000}`))
    await network.advance(15_000)
    expect(phases[0]).toBe('reconnecting true')
  })
})
