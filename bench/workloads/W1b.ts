import { timeCalls } from '../harness/call-times.ts'
import { callUntil } from '../harness/calls.ts'
import { BLOCK_BYTES, blocksWhile } from '../harness/stream-items.ts'
import type { Workload } from '../harness/workload.ts'

export const workload: Workload = {
  about: 'one unary call at a time during an upload of blocks of 64 KiB on the same connection; before, without it',
  needs: 'upload',
  unit: 'call',
  async run({ client, warmUpMs, measureMs, measure }) {
    const call = client.call!.bind(client)
    await callUntil(call, 1, warmUpMs)
    const quiet = (await timeCalls(call, measureMs)).figures('quiet-')
    let goesOn = true
    const started = performance.now()
    const uploaded = client.upload!(blocksWhile(() => goesOn))
    await callUntil(call, 1, warmUpMs)
    let figures = quiet
    const rates = await measure(async () => {
      const busy = await timeCalls(call, measureMs)
      figures = [...busy.figures(''), ...quiet]
      return busy.work
    })
    goesOn = false
    const blocks = await uploaded
    const seconds = (performance.now() - started) / 1000
    return [...rates, ...figures, { metric: 'upload', unit: 'MB/s', value: (blocks * BLOCK_BYTES) / seconds / 1e6 }]
  },
}
