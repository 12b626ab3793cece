// The subscribers of all nodes, in a process of its own.
import { lineToBench } from '../harness/control-line.ts'
import { cpuMicroseconds } from '../harness/cpu.ts'
import { quantile } from '../harness/statistics.ts'
import { now } from './now.ts'
import { loadSubject } from './subject.ts'

/** The id that each subscriber waits for. */
const next: number[] = []
let latencies: number[] | undefined
/** Subscribers that have not come to the end of what is awaited. */
let behind = 0
let end = 0
let arrived: ((at: number) => void) | undefined

lineToBench({
  async subscribe(argument) {
    const { subject, ports, each } = argument as { subject: string; ports: number[]; each: number }
    const { subscribe } = await loadSubject(subject, import.meta.url)
    for (const port of ports) {
      for (let done = 0; done < each; done += 25) {
        const some = Array.from({ length: Math.min(25, each - done) }, () => next.push(0) - 1)
        await Promise.all(some.map((index) => subscribe(port, (event) => hear(index, event))))
      }
    }
  },
  /** Resolves when every subscriber has heard all ids below `below`. */
  await(argument) {
    const { below, measured } = argument as { below: number; measured: boolean }
    end = below
    latencies = measured ? [] : undefined
    behind = next.filter((id) => id < below).length
    if (behind === 0) return now()
    return new Promise<number>((resolve) => {
      arrived = resolve
    })
  },
  latencies() {
    const sorted = Float64Array.from(latencies ?? []).sort()
    return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), count: sorted.length }
  },
  cpu: () => cpuMicroseconds(),
})

function hear(index: number, { id, value }: { id: number; value: number }): void {
  // Nothing may be lost, repeated or out of order: a round with less than that has no figure.
  if (id !== next[index]) throw new Error(`subscriber ${index} heard ${id} and waited for ${next[index]}`)
  next[index] = id + 1
  latencies?.push(now() - value)
  if (id + 1 === end && --behind === 0) arrived?.(now())
}
