import { holdLiveObjects } from './live-objects.ts'
import { blocksFor, isBlockAt, Sequence } from './stream-items.ts'
import type { SubjectClient } from './subject.ts'
import { transferFigures } from './transfer.ts'
import type { Run, Work, Workload } from './workload.ts'

export type Direction = 'upload' | 'download'

/** Blocks of 64 KiB over one stream. */
export function bulkWorkload(direction: Direction): Workload {
  return {
    about: `${direction} of blocks of 64 KiB over one stream`,
    needs: direction,
    unit: 'block',
    async run(run) {
      const { client, warmUpMs, measureMs, measure } = run
      await fillHeaps(run)
      await moveBlocks(client, direction, warmUpMs)
      return transferFigures(await measure(() => moveBlocks(client, direction, measureMs)))
    },
    serverSide,
  }
}

export const serverSide = { 'hold-objects': holdLiveObjects }

/** Of both processes. */
export async function fillHeaps(run: Run): Promise<void> {
  holdLiveObjects()
  await run.server('hold-objects')
}

/** Moves blocks over one stream for so long, and looks at each where it arrives. */
export async function moveBlocks(client: SubjectClient, direction: Direction, milliseconds: number): Promise<Work> {
  const started = performance.now()
  const amount = await moves[direction](client, milliseconds)
  return { amount, seconds: (performance.now() - started) / 1000 }
}

const moves: Record<Direction, (client: SubjectClient, milliseconds: number) => Promise<number>> = {
  async upload(client, milliseconds) {
    const blocks = blocksFor(milliseconds)
    let sent = 0
    const counted = (function* () {
      for (const block of blocks) {
        sent++
        yield block
      }
    })()
    const got = await client.upload!(counted)
    if (got !== sent) throw new Error(`${sent} blocks were sent, ${got} came`)
    return got
  },
  async download(client, milliseconds) {
    const seen = new Sequence(isBlockAt)
    seen.complete(await client.download!(milliseconds, seen.next))
    return seen.count
  },
}
