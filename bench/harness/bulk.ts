import { blocksFor, isBlockAt, Sequence } from './stream-items.ts'
import type { SubjectClient } from './subject.ts'
import type { Work } from './workload.ts'

export type Direction = 'upload' | 'download'

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
