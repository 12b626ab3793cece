import { dirname, join } from 'node:path'
import { type Direction, fillHeaps, moveBlocks, serverSide } from './bulk.ts'
import { Child } from './child.ts'
import { transferFigures } from './transfer.ts'
import type { Workload } from './workload.ts'

/** The measured time is so many times as long as that of other workloads: the connection is cut once in each. */
const CUTS = 3

/**
 * Blocks of 64 KiB over one stream, through a proxy that resets the connection again and again where the subject can go
 * on. Where it cannot, it is left alone: what it does then is what there is to reach.
 */
export function cutWorkload(direction: Direction): Workload {
  return {
    about: `${direction} of blocks of 64 KiB over one stream through a proxy, which cuts the connection every 2 s (--measure)`,
    needs: direction,
    unit: 'block',
    serverSide,
    async run(run) {
      const { connect, port, warmUpMs, measureMs, measure } = run
      await fillHeaps(run)
      // In a process of its own, on any core: both sides need theirs.
      const proxy = new Child('proxy', beside('cutting-proxy-process.js'), 'any', {})
      try {
        const client = await connect((await proxy.ask('before', port)) as number)
        await moveBlocks(client, direction, warmUpMs)
        const cutting = client.survivesCuts ? setInterval(() => void proxy.ask('cut'), measureMs) : undefined
        try {
          // Half a period behind the last cut, so that it counts whether the stream came back.
          return transferFigures(await measure(() => moveBlocks(client, direction, measureMs * (CUTS + 0.5))))
        } finally {
          clearInterval(cutting)
        }
      } finally {
        await proxy.end()
      }
    },
  }
}

/** A script that lies beside the one that runs this process. */
function beside(name: string): string {
  return join(dirname(process.argv[1] ?? ''), name)
}
