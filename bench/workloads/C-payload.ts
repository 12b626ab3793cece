import { echoesOf } from '../harness/blocks.ts'
import { askUntil } from '../harness/calls.ts'
import { curvesLastMs, measureCurves } from '../harness/curves.ts'
import type { Workload } from '../harness/workload.ts'

const SIZES = [16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_000_000]
const MOST_IN_FLIGHT = 8
const MOST_BYTES_IN_FLIGHT = 32_000_000

export const workload: Workload = {
  about: `echo of 16 B to 16 MB of bytes, ${MOST_IN_FLIGHT} in flight on one connection, of the largest 2`,
  needs: 'echo',
  unit: 'call',
  lasts: (times) => curvesLastMs(SIZES.length, times) + 500,
  async run(run) {
    const echo = run.client.echo!.bind(run.client)
    return await measureCurves(run, 'bytes', SIZES, (bytes) => {
      const inFlight = Math.max(1, Math.min(MOST_IN_FLIGHT, Math.floor(MOST_BYTES_IN_FLIGHT / bytes)))
      const echoes = echoesOf(echo, bytes)
      return {
        warmUp: () => askUntil(echoes, inFlight, run.warmUpMs),
        work: () => askUntil(echoes, inFlight, run.measureMs),
        figures: (rate) => [{ metric: 'payload', unit: 'MB/s', value: (rate * bytes) / 1e6 }],
      }
    })
  },
}
