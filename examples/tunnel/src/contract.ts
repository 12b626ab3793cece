import { contract, procedure } from '@wirepact/contract'
import { z } from 'zod'

/** A place that TCP can reach, as the far side sees it. */
const Place = z.object({ host: z.string().min(1).max(253), port: z.number().int().min(1).max(65_535) })

// A Buffer is one, too.
const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)

/**
 * One TCP connection is one call, with bytes both ways. The caller's items are what its side sends; their end is TCP's
 * half-close. The callee's items are what the place sends, and an empty one among them is its half-close, because the
 * call itself is over only when both have finished.
 */
export const tunnel = contract({
  server: {
    open: procedure({
      input: Place,
      accepts: Bytes,
      yields: Bytes,
      output: z.object({ sent: z.number(), received: z.number() }),
      errors: {
        FORBIDDEN: Place,
        UNREACHABLE: Place.extend({ reason: z.string() }),
        BROKEN: Place.extend({ reason: z.string() }),
      },
    }),
  },
})

export type Place = z.infer<typeof Place>
