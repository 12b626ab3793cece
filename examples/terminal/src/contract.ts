import { contract, procedure } from '@wirepact/contract'
// The small-bundle flavour of zod: the page carries this file too.
import * as z from 'zod/mini'

const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
const Size = z.object({
  columns: z.int().check(z.minimum(1), z.maximum(1000)),
  rows: z.int().check(z.minimum(1), z.maximum(1000)),
})
/** Chosen by the page: names one of its shells for as long as that runs. */
const Id = z.string().check(z.minLength(1), z.maxLength(64))

export const terminal = contract({
  server: {
    /** One shell is one call: what is typed goes one way, what it prints the other. Its end is the shell's. */
    shell: procedure({
      input: z.object({ id: Id, size: Size }),
      accepts: Bytes,
      yields: Bytes,
      output: z.object({ exitCode: z.nullable(z.int()), signal: z.nullable(z.string()) }),
      errors: {
        /** This system has nothing that makes a terminal. */
        NO_TERMINAL: z.object({ needs: z.string() }),
        TOO_MANY: z.object({ limit: z.int() }),
      },
    }),
    /** Tells a shell of the same client how large its window is. */
    resize: procedure({
      input: z.object({ id: Id, size: Size }),
      errors: { NO_SHELL: null },
      idempotent: true,
    }),
  },
})

export type Size = z.output<typeof Size>
