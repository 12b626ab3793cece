import { isItemAt, Sequence } from '../harness/stream-items.ts'
import type { Workload } from '../harness/workload.ts'

export const workload: Workload = {
  about: 'small items from the server over one stream, in messages of 62 bytes',
  needs: 'items',
  unit: 'item',
  async run({ client, warmUpMs, measureMs, measure }) {
    const stream = async (milliseconds: number) => {
      const started = performance.now()
      const seen = new Sequence(isItemAt)
      seen.complete(await client.items!(milliseconds, seen.next))
      return { amount: seen.count, seconds: (performance.now() - started) / 1000 }
    }
    await stream(warmUpMs)
    return await measure(() => stream(measureMs))
  },
}
