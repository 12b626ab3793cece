// What runs in the page. `page.mjs` calls `measure`.
import { type Client, connect } from '@wirepact/client'
import { pageBench } from './contract.ts'

export type Work = 'one' | 'calls' | 'events'

const works: Record<Work, (client: Client<typeof pageBench>, forMs: number) => Promise<number>> = {
  one: (client, forMs) => callFor(client, 1, forMs),
  calls: (client, forMs) => callFor(client, 64, forMs),
  events: listenFor,
}

/** Calls or events per second. */
async function measure(port: number, work: Work, forMs: number): Promise<number> {
  const client = connect(pageBench, `ws://127.0.0.1:${port}/`)
  await client.connected()
  await works[work](client, forMs / 3)
  const rate = await works[work](client, forMs)
  await client.close()
  return rate
}

async function callFor(client: Client<typeof pageBench>, inFlight: number, forMs: number): Promise<number> {
  const from = performance.now()
  const until = from + forMs
  let count = 0
  const caller = async () => {
    while (performance.now() < until) {
      const a = count++
      const { c, d } = await client.api.answer({ a, b: 'x' })
      if (c !== a + 1 || d !== 'x') throw new Error(`call ${a} was answered with ${c}, ${d}`)
    }
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
  return count / ((performance.now() - from) / 1000)
}

async function listenFor(client: Client<typeof pageBench>, forMs: number): Promise<number> {
  const rounds = 4096
  let next = 0
  let count = 0
  let failed: unknown
  const subscription = client.events.reading.subscribe({
    next: ({ id }) => {
      if (id !== next % rounds) failed ??= new Error(`event ${id} came in place of ${next % rounds}`)
      next++
    },
    ended: (error) => {
      failed ??= error
    },
  })
  await subscription.ready
  const from = performance.now()
  while (performance.now() < from + forMs) {
    await client.api.publish(rounds)
    count += rounds
    while (next < count && failed === undefined) await new Promise((resolve) => setTimeout(resolve))
    if (failed !== undefined) throw failed
  }
  const rate = count / ((performance.now() - from) / 1000)
  subscription.unsubscribe()
  return rate
}

Object.assign(globalThis, { measure })
