import { BLOCK_BYTES } from './stream-items.ts'
import type { Figure } from './workload.ts'

/** Megabytes per second, and CPU time per megabyte, behind what was measured per block. */
export function transferFigures(figures: readonly Figure[]): readonly Figure[] {
  const megabytes = BLOCK_BYTES / 1e6
  const value = (metric: string) => figures.find((figure) => figure.metric === metric)?.value ?? Number.NaN
  return [
    { metric: 'transfer', unit: 'MB/s', value: value('rate') * megabytes },
    { metric: 'server-cpu', unit: 'µs/MB', value: value('server-cpu') / megabytes },
    { metric: 'client-cpu', unit: 'µs/MB', value: value('client-cpu') / megabytes },
  ]
}
