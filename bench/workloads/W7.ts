import { askUntil } from '../harness/calls.ts'
import type { Workload } from '../harness/workload.ts'

const IN_FLIGHT = 8
const BYTES = 64 * 1024

/** Told apart by their first four bytes; the rest is no run of zeros, which something might compress. */
const BLOCK = Uint8Array.from({ length: BYTES }, (_, index) => (index * 31) & 0xff)

export const workload: Workload = {
  about: `echo of 64 KiB of bytes, ${IN_FLIGHT} in flight on one connection`,
  needs: 'echo',
  unit: 'call',
  async run({ client, warmUpMs, measureMs, measure }) {
    const calls = { call: client.echo!.bind(client), inputAt: blockAt, isAnswerTo: isSame }
    await askUntil(calls, IN_FLIGHT, warmUpMs)
    const figures = await measure(() => askUntil(calls, IN_FLIGHT, measureMs))
    const rate = figures[0]?.value ?? 0
    return [...figures, { metric: 'payload', unit: 'MB/s', value: (rate * BYTES) / 1e6 }]
  },
}

function blockAt(n: number): Uint8Array {
  const block = BLOCK.slice()
  new DataView(block.buffer).setUint32(0, n)
  return block
}

/** The number, and a look at the end: comparing everything would be most of the work. */
function isSame(sent: Uint8Array, came: Uint8Array): boolean {
  const last = BYTES - 1
  return came.length === BYTES && came[last] === sent[last] && [0, 1, 2, 3].every((at) => came[at] === sent[at])
}
