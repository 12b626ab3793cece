import { moveBlocks } from '../harness/bulk.ts'
import { transferFigures } from '../harness/transfer.ts'
import type { Workload } from '../harness/workload.ts'

export const workload: Workload = {
  about: 'upload of blocks of 64 KiB over one stream',
  needs: 'upload',
  unit: 'block',
  async run({ client, warmUpMs, measureMs, measure }) {
    await moveBlocks(client, 'upload', warmUpMs)
    return transferFigures(await measure(() => moveBlocks(client, 'upload', measureMs)))
  },
}
