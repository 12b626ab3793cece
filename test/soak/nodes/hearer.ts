import type { Client } from '@wirepact/client'
import { connect } from '@wirepact/client/node'
import { served } from './served.ts'

export interface Gap {
  readonly of: 'tick' | 'said'
  readonly reason: string
  /** How many events had been heard. */
  readonly heard: number
}

/** A client that listens, and notes what it hears. */
export class Hearer {
  readonly client: Client<typeof served>
  readonly ready: Promise<unknown>
  /** The numbers of the ticks, in the order in which they came. */
  readonly ticks: number[] = []
  readonly said: number[] = []
  readonly gaps: Gap[] = []
  /** Times it was without a connection. */
  breaks = 0

  constructor(url: string, name: string) {
    this.client = connect(served, url, {
      ...{ credentials: name, report: () => {}, connectTimeoutMs: 3_000 },
      reconnect: { baseMs: 50, firstMs: 100, capMs: 500, stableMs: 500 },
    })
    const gap =
      (of: Gap['of'], heard: readonly number[]) =>
      ({ reason }: { reason: string }) =>
        void this.gaps.push({ of, reason, heard: heard.length })
    const { tick, said } = this.client.events
    this.ready = Promise.all([
      tick.subscribe({ next: (n) => this.ticks.push(n), gap: gap('tick', this.ticks) }).ready,
      said.subscribe({ next: (n) => this.said.push(n), gap: gap('said', this.said) }).ready,
    ])
    this.client.status.subscribe(({ phase }) => {
      if (phase !== 'connected') this.breaks++
    })
  }

  close(): Promise<void> {
    return this.client.close()
  }
}

/** So many of them, all ready. */
export async function hearers(url: string, count: number): Promise<Hearer[]> {
  const all = Array.from({ length: count }, (_, index) => new Hearer(url, `hearer ${index}`))
  await Promise.all(all.map(({ ready }) => ready))
  return all
}

/** What is wrong with numbers that should be 1, 2, 3 … up to so many. */
export function faultsOf(heard: readonly number[], made: number): { lost: number; twice: number; unordered: number } {
  const distinct = new Set(heard)
  return {
    lost: made - distinct.size,
    twice: heard.length - distinct.size,
    unordered: heard.filter((n, index) => index > 0 && n < (heard[index - 1] ?? 0)).length,
  }
}

export function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
