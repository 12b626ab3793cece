import type { HeapCount } from './heap-count.ts'
import { quantile } from './statistics.ts'
import type { Figure, Work } from './workload.ts'

const LOTS = 9
/** Lots of nothing, to learn what asking costs. */
const EMPTY_LOTS = 5

/** Both processes, as seen from the client's. */
export interface CountedHeaps {
  collect(): Promise<void>
  counts(): Promise<{ readonly server: HeapCount; readonly client: HeapCount }>
}

/**
 * Bytes allocated per unit of work, in both processes: a list of figures for each lot of work in which nothing was
 * collected. What the counting itself allocates is taken off.
 */
export async function allocationsOf(
  heaps: CountedHeaps,
  unit: string,
  work: () => Promise<Work>,
): Promise<readonly (readonly Figure[])[]> {
  const nothing: Growth[] = []
  for (let lot = 0; lot < EMPTY_LOTS; lot++) {
    const growth = await growthDuring(heaps, () => Promise.resolve({ amount: 0, seconds: 0 }))
    if (growth !== undefined) nothing.push(growth)
  }
  const own = {
    server: middle(nothing.map(({ server }) => server)),
    client: middle(nothing.map(({ client }) => client)),
  }
  const lots: (readonly Figure[])[] = []
  for (let lot = 0; lot < LOTS; lot++) {
    const growth = await growthDuring(heaps, work)
    if (growth === undefined) continue
    const figure = (side: 'server' | 'client') => ({
      ...{ metric: `${side}-allocated`, unit: `B/${unit}` },
      value: (growth[side] - own[side]) / growth.amount,
    })
    lots.push([figure('server'), figure('client')])
  }
  return lots
}

interface Growth {
  readonly server: number
  readonly client: number
  readonly amount: number
}

/** Undefined when something was collected meanwhile. */
async function growthDuring(heaps: CountedHeaps, work: () => Promise<Work>): Promise<Growth | undefined> {
  await heaps.collect()
  const before = await heaps.counts()
  const { amount } = await work()
  const after = await heaps.counts()
  const collected = (['server', 'client'] as const).some((side) => before[side].collections !== after[side].collections)
  if (collected) return undefined
  return {
    server: after.server.bytes - before.server.bytes,
    client: after.client.bytes - before.client.bytes,
    amount,
  }
}

function middle(values: readonly number[]): number {
  return values.length === 0
    ? 0
    : quantile(
        [...values].sort((a, b) => a - b),
        0.5,
      )
}
