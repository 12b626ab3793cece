import { expect, it } from 'vitest'
import { codeOf, nodeGroup, type TestNode } from '../integration/node-group.ts'
import { sizesIn } from './private-sizes.ts'
import { atMost, none, show } from './shown.ts'
import { long, seed } from './size.ts'

const kills = long ? 300 : 12
const calls = 20

/** Three nodes of one engine, a client on each, and what happened to all that was asked of them. */
async function begin() {
  const group = nodeGroup({ seed })
  const { network, node, join } = group
  const nodes: TestNode[] = [node(), node(), node()]
  await network.advance(1_000)
  const users = nodes.map((_, index) => `user ${index}`)
  for (const [index, user] of users.entries()) {
    const client = join(nodes[index] as TestNode, user)
    client.events.tick.subscribe({ next() {} })
    await network.until(client.connected())
  }
  return { ...group, nodes, users }
}

it('nodes that are killed leave nothing open for longer than 6.5 s', { timeout: 900_000 }, async () => {
  const { network, clock, node, nodes, users } = await begin()
  const { random } = network
  const seen = { settledMs: 0, open: 0, wrong: 0, incomplete: 0 }
  let made = 0
  const outcomes = new Map<string, number>()
  let before: Record<string, number> = {}
  for (let kill = 0; kill < kills; kill++) {
    const dying = random.below(3)
    const [victim, caller] = [nodes[dying], nodes[(dying + 1) % 3]] as [TestNode, TestNode]
    const held = Array.from(victim.server.connections, ({ context }) => context.user)
    let killedAt = 0
    let open = 0
    // Where nobody is held, nobody can be called.
    for (let n = 0; n < (held.length === 0 ? 0 : calls); n++) {
      const user = held[n % held.length]
      made++
      // Without a deadline: what settles it is that the node is known to be gone.
      const asked = codeOf(
        caller.server.nodes.of(user as string).api.confirm({ question: 'sure?', ms: 60_000 }, { timeoutMs: 0 }),
      )
      open++
      void asked.then((outcome) => {
        open--
        outcomes.set(String(outcome), (outcomes.get(String(outcome)) ?? 0) + 1)
        if (killedAt > 0) seen.settledMs = Math.max(seen.settledMs, clock.now() - killedAt)
      })
    }
    await network.advance(random.below(200))
    killedAt = clock.now()
    victim.kill()
    network.serve(caller.server)
    // What a dead process would still do is of no interest.
    void victim.server.close()
    nodes[dying] = node()
    await network.advance(8_000)
    seen.open += open
    const now = await network.until(caller.server.events.tick.listeners({ maxAgeMs: 0 }))
    if (!now.complete) seen.incomplete++
    if (now.count !== users.length) seen.wrong++
    // The clients are spread again.
    network.serve((nodes[random.below(3)] as TestNode).server)
    for (const { server } of nodes)
      for (const connection of server.connections) if (random.chance(0.5)) connection.terminate()
    await network.advance(70_000)
    if (kill === 1) before = sizesIn(caller.server.nodes)
  }
  await network.advance(70_000)
  const survivor = nodes[0] as TestNode
  const after = sizesIn(survivor.server.nodes)
  const grown = Object.entries(after).filter(([name, count]) => count > Math.max(before[name] ?? 0, 10))
  expect(grown).toEqual([])
  const allowed = ['connection-lost mayHaveRun=true', 'unavailable mayHaveRun=false', '[object Object]']
  const others = [...outcomes].filter(([outcome]) => !allowed.includes(outcome))
  show('routed', seed, [
    atMost(`${kills} kills: the last call to a dead node settled after`, seen.settledMs, 6_510, 'ms'),
    none('calls to a dead node that did not settle', seen.open),
    none('listeners that were wrong 8 s after a kill', seen.wrong),
    none('answers about listeners that were not complete then', seen.incomplete),
    none(`outcomes of ${made} calls that say neither what came nor whether it may have run`, others.length),
  ])
})
