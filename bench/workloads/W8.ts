import { CountingProxy } from '../harness/counting-proxy.ts'
import { inputAt, isAnswerTo } from '../harness/shapes.ts'
import type { Workload } from '../harness/workload.ts'

const CALLS = 1_000

export const workload: Workload = {
  about: `bytes of TCP payload, both ways, for each of ${CALLS.toLocaleString('en')} unary calls, one at a time`,
  needs: 'call',
  unit: 'call',
  lasts: () => 500,
  async run({ connect, port }) {
    const proxy = await CountingProxy.before(port)
    try {
      const client = await connect(proxy.port)
      const call = client.call!.bind(client)
      // Ids and caches reach the size that they have in the middle of a session.
      for (let n = 0; n < 200; n++) await call(inputAt(n))
      const { up, down } = proxy
      for (let n = 0; n < CALLS; n++) {
        const input = inputAt(n)
        if (!isAnswerTo(input, await call(input))) throw new Error(`call ${n} got an answer that is not its own`)
      }
      const sent = (proxy.up - up) / CALLS
      const received = (proxy.down - down) / CALLS
      return [
        { metric: 'bytes', unit: 'bytes/call', value: sent + received },
        { metric: 'up', unit: 'bytes', value: sent },
        { metric: 'down', unit: 'bytes', value: received },
      ]
    } finally {
      proxy.close()
    }
  },
}
