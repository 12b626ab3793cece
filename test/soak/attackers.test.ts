import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { ClientScript } from './fuzz/client-script.ts'
import { Delivery } from './fuzz/delivery.ts'
import { serveTarget } from './fuzz/hostile-client.ts'
import { noLetters, target } from './fuzz/target.ts'
import { Wire } from './fuzz/wire.ts'
import { none, show } from './shown.ts'
import { long, seed } from './size.ts'

// A day of virtual time on one server: honest clients that call, subscribe, lose their connections and come back, and
// attackers that come and go among them. The short form is a quarter of an hour.

const size = long
  ? { ms: 24 * 3_600_000, honest: 20, attackEveryMs: 4_000 }
  : { ms: 15 * 60_000, honest: 6, attackEveryMs: 2_000 }

it('a day among attackers fails no honest call', { timeout: 1_800_000 }, async () => {
  const network = new Network({ seed })
  const server = serveTarget(network)
  network.serve(server)
  const { clock, random } = network
  const seen = { calls: 0, failed: [] as string[], wrong: 0, gaps: 0, attacks: 0, thrown: 0, cuts: 0 }
  const clients = Array.from({ length: size.honest }, () =>
    network.connect(target, {
      report: () => {},
      handlers: { confirm: () => true, shout: () => {}, letters: noLetters },
    }),
  )
  let over = false
  const rest = (ms: number) => new Promise<void>((resolve) => void clock.schedule(ms, resolve))
  const behave = async (client: (typeof clients)[number], index: number) => {
    client.events.said.subscribe({ room: 'a' }, { next: () => {}, gap: () => seen.gaps++ })
    while (!over) {
      const by = random.below(1_000)
      try {
        const [sum, text] = await Promise.all([client.api.add({ by }), client.api.nested.echo({ text: `${index}` })])
        if (sum !== by || text !== `${index}`) seen.wrong++
        seen.calls += 2
      } catch (error) {
        seen.failed.push((error as { code: string }).code)
      }
      await rest(random.below(20_000))
    }
  }
  const attack = async () => {
    while (!over) {
      await rest(random.below(2 * size.attackEveryMs))
      const own = seed * 7_919 + seen.attacks++
      const delivery = new Delivery(own, own % 3 === 0 ? 'json' : 'binary')
      const wire = new Wire(delivery.transcript.encoding)
      const script = new ClientScript(delivery.random)
      server.accept(wire.source)
      delivery.say(wire, script.hello(undefined), delivery.random.chance(0.8))
      for (let step = delivery.random.below(200); step > 0 && wire.ended === undefined; step--) {
        if (step % 16 === 0) await rest(delivery.random.below(500))
        script.hear(wire.heard())
        delivery.say(wire, script.next())
      }
      wire.finish()
      if (delivery.thrown !== undefined) seen.thrown++
    }
  }
  const cut = async () => {
    while (!over) {
      await rest(random.below(120_000))
      seen.cuts++
      network.links[random.below(network.links.length)]?.cut()
    }
  }
  const going = [...clients.map(behave), attack(), attack(), cut()]
  await network.advance(size.ms)
  over = true
  await network.until(Promise.all(going))
  // Whoever was cut last has come back.
  await network.advance(60_000)
  const left = server.connections.size
  await network.until(Promise.all(clients.map((client) => client.close())))
  show('a day among attackers', seed, [
    {
      promise: 'honest calls that fail',
      figure: `${seen.failed.length} of ${seen.calls} (${seen.attacks} attackers, ${seen.cuts} cuts)`,
      bound: '0',
      kept: seen.failed.length === 0,
    },
    none('answers that are wrong', seen.wrong),
    none('attacks that throw', seen.thrown),
    none('connections of attackers that are left', left - size.honest),
  ])
  expect(seen.attacks).toBeGreaterThan(100)
})
