import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { atMost, show } from './shown.ts'
import { long, seed } from './size.ts'

const shared = contract({
  server: {
    watch: procedure({ yields: z.number() }),
    take: procedure({ accepts: z.number(), output: z.number() }),
  },
})

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function heapBytes(): number {
  collect()
  collect()
  return process.memoryUsage().heapUsed
}

const never = () => new Promise<void>(() => {})

/** Both ends of the streams are in this process, so half of what they cost is one end's. */
async function cost(kind: 'watch' | 'take', count: number): Promise<number> {
  const network = new Network()
  const server = createServer(shared, {
    system: network.serverSystem,
    limits: 'trusted',
    report: () => {},
    handlers: {
      async *watch() {
        yield 1
        await never()
      },
      async take({ items }) {
        for await (const _ of items);
        return 0
      },
    },
  })
  network.serve(server)
  const client = network.connect(shared)
  await network.until(client.connected())
  const open = async (count: number) => {
    const streams = Array.from({ length: count }, () => (kind === 'watch' ? client.api.watch() : client.api.take()))
    await network.until(
      Promise.all(
        streams.map((stream) =>
          'next' in stream && kind === 'watch'
            ? stream.next()
            : (stream as { write(n: number): Promise<void> }).write(1),
        ),
      ),
    )
    await network.advance(100)
    return streams
  }
  // Once before, so that what is compiled and kept for later is not counted.
  for (const stream of await open(1_000)) stream.cancel()
  await network.advance(1_000)
  const before = heapBytes()
  const streams = await open(count)
  const bytes = (heapBytes() - before) / count / 2
  expect(streams).toHaveLength(count)
  await network.until(client.close())
  return bytes
}

it('idle streams cost little at either end', async () => {
  const count = long ? 10_000 : 1_000
  // The aim is 2 KiB; a heap that other tests of the process share is not measured to the byte.
  const most = long ? 2_048 : 3_072
  show('idle-streams', seed, [
    atMost(`${count} idle streams from the server: each`, await cost('watch', count), most, 'B at either end'),
    atMost(`${count} idle streams to the server: each`, await cost('take', count), most, 'B at either end'),
  ])
}, 60_000)
