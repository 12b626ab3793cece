import { connect } from '@wirepact/client/node'
import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { SeededRandom } from '@wirepact/testing'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { FaultProxy } from './fault-proxy.ts'
import { none, show } from './shown.ts'
import { long, seed } from './size.ts'

const item = z.object({ n: z.number(), data: z.instanceof(Uint8Array) })
type Item = z.infer<typeof item>

const flow = {
  down: procedure({ input: z.number(), yields: item, output: z.number() }),
  up: procedure({ accepts: item, output: z.number() }),
  both: procedure({ accepts: item, yields: item, output: z.number() }),
}
const shared = contract({ server: flow, client: flow })

/** So many items, of sizes that differ. */
function* items(count: number) {
  for (let n = 1; n <= count; n++) yield { n, data: new Uint8Array((n * 7_919) % 9_000) }
}

/** Counts the items that are not the one after the one before, or not what was sent. */
class Check {
  count = 0
  wrong = 0

  see({ n, data }: Item): void {
    this.count++
    if (n !== this.count || data.length !== (n * 7_919) % 9_000) this.wrong++
  }
}

const handlers = {
  *down({ input }: { input: number }) {
    yield* items(input)
    return input
  },
  async up({ items: given }: { items: AsyncIterable<Item> }) {
    const check = new Check()
    for await (const each of given) check.see(each)
    return check.wrong === 0 ? check.count : -1
  },
  async *both({ items: given }: { items: AsyncIterable<Item> }) {
    let count = 0
    for await (const each of given) {
      count++
      yield each
    }
    return count
  },
}

async function world(faults: number) {
  const server = createServer(shared, { report: () => {}, handlers })
  const { port } = await listen(server, { port: 0, host: '127.0.0.1' })
  const proxy = new FaultProxy({ target: port, random: new SeededRandom(seed), faults })
  const client = connect(shared, `ws://127.0.0.1:${await proxy.listen()}/`, {
    report: () => {},
    reconnect: { baseMs: 5, capMs: 20, firstMs: 5 },
    handlers,
  })
  onTestFinished(async () => {
    await client.close()
    await proxy.close()
    await server.close()
  })
  return { client, server, proxy }
}

it('streams in every direction go on over connections that are reset at random bytes', async () => {
  const { client, server, proxy } = await world(long ? 400 : 25)
  let [wrong, streams] = [0, 0]
  const check = async (api: typeof client.api, count: number) => {
    const [down, both] = [new Check(), new Check()]
    const read = async () => {
      const stream = api.down(count)
      for await (const each of stream) down.see(each)
      return stream.result
    }
    const echo = async () => {
      const stream = api.both(undefined, { items: items(count) })
      for await (const each of stream) both.see(each)
      return stream.result
    }
    const counts = await Promise.all([read(), echo(), api.up(undefined, { items: items(count) })])
    wrong += down.wrong + both.wrong + counts.filter((each) => each !== count).length
    streams += 3
  }
  for (let round = 0; round < 1_000 && !(proxy.spent && round > 2); round++) {
    await client.connected()
    const [connection] = server.connections
    const other = connection === undefined ? [] : [check(connection.api as typeof client.api, 150)]
    await Promise.all([check(client.api, 150), ...other])
  }
  expect(proxy.faults).toBeGreaterThan(10)
  show('stream-resets', seed, [
    none(`${streams} streams over ${proxy.faults} resets: items lost, doubled, reordered or changed`, wrong),
  ])
}, 300_000)
