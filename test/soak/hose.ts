import { contract, event } from '@wirepact/contract'
import { z } from 'zod'

/** What the subscribers of the firehose test hear: numbered from 1, with the time they were published at. */
export const hose = contract({
  events: {
    filler: event({
      payload: z.object({ n: z.number(), at: z.number(), bytes: z.instanceof(Uint8Array) }),
      onGap: 'skip',
    }),
    /** For those that are going to stop: the system takes megabytes for a reader that reads nothing, and then no more. */
    ballast: event({ payload: z.instanceof(Uint8Array), onGap: 'skip' }),
  },
})

/** Milliseconds of a clock that all processes of a machine share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

/** What the server's process is told, and says. */
export type HoseOrder =
  | { readonly publish: { readonly everyMs: number; readonly bytes: number } }
  | 'ballast'
  | 'stop'
  | 'end'

export type HoseReport =
  | { readonly port: number }
  | { readonly rssMiB: number; readonly bufferMiB: number; readonly published: number; readonly connections: number }
