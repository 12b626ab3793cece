import { setTimeout as sleep } from 'node:timers/promises'
import type { EventLog, LogGap, LogWatch, Position } from '@wirepact/eventlog'

/** One who watches a topic, and what it was told: the numbers of its records, and gaps. */
export interface Reader {
  readonly watch: LogWatch
  readonly numbers: number[]
  readonly gaps: LogGap[]
  /** Where it stands. */
  position: Position
}

export function bytesOf(n: number): Uint8Array {
  return Buffer.from(String(n))
}

export function numberOf(data: Uint8Array): number {
  return Number(Buffer.from(data))
}

export async function startReader(log: EventLog, topic: string): Promise<Reader> {
  const numbers: number[] = []
  const gaps: LogGap[] = []
  const watch = await log.watch(topic, {
    record({ offset, data }) {
      numbers.push(numberOf(data))
      reader.position = { epoch: reader.position.epoch, offset }
    },
    gap(gap, position) {
      gaps.push(gap)
      reader.position = position
    },
  })
  const reader: Reader = { watch, numbers, gaps, position: watch.position }
  return reader
}

/** Waits until it is so. Throws with the words when it has not come to be in time. */
export async function until(what: string, holds: () => boolean, withinMs = 10_000): Promise<void> {
  const end = performance.now() + withinMs
  while (!holds()) {
    if (performance.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await sleep(5)
  }
}

export const wide = { maxRecords: 100_000, maxBytes: 1e9 }

/** Every record that the log has after a position. */
export async function allAfter(log: EventLog, topic: string, after: Position) {
  return log.read(topic, after, wide)
}

export function upTo(n: number, from = 1): number[] {
  return Array.from({ length: n - from + 1 }, (_, i) => from + i)
}
