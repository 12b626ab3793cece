import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { expect, it } from 'vitest'
import { crowd } from './crowd.ts'
import { atMost, show } from './shown.ts'
import { long, seed } from './size.ts'

// Fewer than this, and chance alone fills a window.
const clients = long ? 5_000 : 2_000
const windowMs = 100

/** The largest share of the moments that lies in any window, wherever it begins. */
function largestShare(moments: readonly number[]): number {
  const sorted = [...moments].sort((a, b) => a - b)
  let most = 0
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while ((sorted[last] ?? 0) - (sorted[first] ?? 0) >= windowMs) first++
    most = Math.max(most, last - first + 1)
  }
  return most / sorted.length
}

it('clients that were dropped at once do not come back at once', { timeout: 600_000 }, async () => {
  const network = new Network({ seed })
  const { clock } = network
  const server = createServer(crowd, {
    ...{ system: network.serverSystem, report: () => {}, limits: { waitingConnections: clients } },
    handlers: { work: ({ input }) => input.n, echo: ({ input }) => input, note: () => {} },
  })
  network.serve(server)
  const tries: number[] = []
  let dropped = Number.POSITIVE_INFINITY
  const all = Array.from({ length: clients }, () =>
    network.connect(crowd, { report: () => {}, handlers: { confirm: () => true } }),
  )
  for (const { status } of all)
    status.subscribe((now) => {
      if (now.phase === 'reconnecting' && now.retryInMs !== undefined) tries.push(clock.now() - dropped + now.retryInMs)
    })
  // Long enough for the connections to count as stable.
  await network.advance(6_000)
  expect(server.connections.size).toBe(clients)
  dropped = clock.now()
  network.cut()
  await network.advance(3_000)
  const share = largestShare(tries)
  expect(server.connections.size).toBe(clients)
  expect(tries).toHaveLength(clients)
  show('dropped', seed, [atMost(`of ${clients} clients in any ${windowMs} ms`, share * 100, 15, '%')])
  await network.until(Promise.all([...all.map((client) => client.close()), server.close()]))
})
