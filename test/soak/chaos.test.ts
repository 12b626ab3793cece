import { Network } from '@wirepact/testing'
import { it } from 'vitest'
import { ChaosClient } from './chaos-client.ts'
import { ChaosNodes } from './chaos-nodes.ts'
import { none, show } from './shown.ts'
import { long, seed } from './size.ts'
import { weather } from './weather.ts'

const runs = long ? 1_000 : 30
const steps = 60

/** One run: nodes, a few clients, and whatever the weather brings. Gives what was not as promised. */
async function run(seedOfRun: number, ends: Record<string, number>) {
  const network = new Network({ seed: seedOfRun, latencyMs: 10 })
  const { clock, random } = network
  const nodes = new ChaosNodes(network)
  const clients = [0, 1, 2].map((index) => new ChaosClient(network, nodes, `user${index}`, ends))
  const any = <Item>(items: readonly Item[]) => items[random.below(items.length)] as Item
  let published = 0
  const publish = () => {
    // By whichever node: where the log is one, even by one that is leaving.
    const node = nodes.apart || random.chance(0.7) ? nodes.now : any(nodes.all)
    void node.events.tick.publish(published++)
    void node.events.room.publish({ room: 2 }, published)
  }
  let acts = 0
  const happened: string[] = []
  await network.advance(1_000)
  for (let step = 0; step < steps; step++) {
    for (let more = random.below(5); more > 0; more--) any(clients).act(acts++)
    for (let more = random.below(4); more >= 0; more--) clock.schedule(random.below(500), publish)
    if (random.chance(0.25)) {
      const name = any(Object.keys(weather))
      happened.push(`${clock.now().toFixed(0)} ${name}`)
      weather[name]?.(network, nodes)
    }
    if (random.chance(0.02)) void any(clients).client.close()
    if (random.chance(0.6)) await network.advance(random.below(600))
  }
  await network.advance(150_000)
  network.serve(nodes.now)
  publish()
  await network.advance(5_000)
  const wrong = [...nodes.wrong, ...afterwards(nodes, clients, published - 1)]
  const closing = [...clients.map(({ client }) => client.close()), ...nodes.all.map((node) => node.close())]
  await network.until(Promise.all(closing))
  await network.advance(120_000)
  if (clock.pending > 0) wrong.push(`${clock.pending} timers left`)
  if (nodes.all.some((node) => node.connections.size > 0)) wrong.push('connections left')
  return { wrong, calls: clients.reduce((sum, { made }) => sum + made, 0), happened }
}

/** What is not as promised when all is quiet again. */
function afterwards(nodes: ChaosNodes, clients: readonly ChaosClient[], newest: number): string[] {
  const wrong: string[] = []
  for (const [what, times] of nodes.ran) if (times > 1) wrong.push(`${what} ran ${times} times`)
  for (const each of clients) {
    const { client, closed, last, made, name, settled } = each
    if (settled !== made) wrong.push(`${name}: ${made - settled} of ${made} calls never settled`)
    if (closed) continue
    const { phase } = client.status.value
    const there = [...nodes.now.connections].filter(({ context }) => context === name)
    if (phase !== 'connected' || there.length !== 1) wrong.push(`${name} is ${phase}, with ${there.length} connections`)
    if (last !== newest) wrong.push(`${name} stands at ${last} of ${newest}`)
    const [seen, written] = [client.state.value, there[0]?.state.value]
    if (seen?.user !== name || seen.seen !== written?.seen)
      wrong.push(`${name} sees ${JSON.stringify(seen)} of ${JSON.stringify(written)}`)
  }
  return wrong
}

it('whatever the weather: what is promised holds', { timeout: 900_000 }, async () => {
  const broken: string[] = []
  const ends: Record<string, number> = {}
  let total = 0
  for (let index = 0; index < runs; index++) {
    const each = seed * 100_000 + index
    const { wrong, calls, happened } = await run(each, ends)
    total += calls
    if (wrong.length > 0) broken.push(`seed ${each}: ${wrong.slice(0, 5).join('; ')}\n    after ${happened.join(', ')}`)
  }
  console.log(`chaos: how the calls ended: ${JSON.stringify(ends)}`, ...broken.map((each) => `\n${each}`))
  show('chaos', seed, [none(`of ${runs} runs (${total.toLocaleString('en')} calls) broke a promise`, broken.length)])
})
