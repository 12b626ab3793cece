import { connect } from '@wirepact/client/node'
import { contract, procedure } from '@wirepact/contract'
import { z } from 'zod'

/** What is called of the contract of `examples/cluster`. */
const called = contract({
  server: {
    whoami: procedure({ output: z.number(), idempotent: true }),
    digest: procedure({
      input: z.object({ text: z.string().max(10_000), rounds: z.int().min(1).max(10_000) }),
      output: z.string(),
    }),
  },
})

/** Calls per second of 16 clients, each with 8 in flight, after a warm-up of a third of the time. */
export async function measure(url: string, rounds: number, forMs: number): Promise<number> {
  const clients = Array.from({ length: 16 }, () => connect(called, url, { report: () => {} }))
  await Promise.all(clients.map((client) => client.connected()))
  let until = 0
  let count = 0
  const caller = async ({ api }: (typeof clients)[number]) => {
    while (performance.now() < until) {
      const digest = await api.digest({ text: 'x', rounds })
      if (digest.length !== 64) throw new Error(`answered with ${digest}`)
      count++
    }
  }
  const play = async (ms: number) => {
    const from = performance.now()
    until = from + ms
    count = 0
    await Promise.all(clients.flatMap((client) => Array.from({ length: 8 }, () => caller(client))))
    return count / ((performance.now() - from) / 1000)
  }
  await play(forMs / 3)
  const rate = await play(forMs)
  await Promise.all(clients.map((client) => client.close()))
  return rate
}
