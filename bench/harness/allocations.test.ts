import { describe, expect, it } from 'vitest'
import { allocationsOf } from './allocations.ts'

/** Two heaps that grow by what counting allocates, and by what work does. */
function heaps(askingServer: number, askingClient: number) {
  const state = { server: 1_000, client: 5_000, collections: 0 }
  const counts = async () => {
    const { server, client, collections } = state
    state.server += askingServer
    state.client += askingClient
    return { server: { bytes: server, collections }, client: { bytes: client, collections } }
  }
  return { state, counted: { counts, collect: () => Promise.resolve() } }
}

describe('allocations', () => {
  it('are what both heaps grew by for each unit, less what counting takes', async () => {
    const { state, counted } = heaps(300, 700)
    const lots = await allocationsOf(counted, 'call', async () => {
      state.server += 50 * 20
      state.client += 50 * 44
      return { amount: 50, seconds: 1 }
    })
    expect(lots).toHaveLength(9)
    for (const lot of lots) {
      expect(lot).toEqual([
        { metric: 'server-allocated', unit: 'B/call', value: 20 },
        { metric: 'client-allocated', unit: 'B/call', value: 44 },
      ])
    }
  })

  it('leave out lots in which something was collected', async () => {
    const { state, counted } = heaps(0, 0)
    let lot = 0
    const lots = await allocationsOf(counted, 'call', async () => {
      if (++lot % 3 === 0) {
        state.collections++
        state.server -= 500
      } else state.server += 10
      return { amount: 1, seconds: 1 }
    })
    expect(lots.map(([server]) => server?.value)).toEqual([10, 10, 10, 10, 10, 10])
  })

  it('are unknown when all of them were', async () => {
    const { state, counted } = heaps(0, 0)
    const collected = async () => {
      state.collections++
      return { amount: 1, seconds: 1 }
    }
    expect(await allocationsOf(counted, 'call', collected)).toEqual([])
  })
})
