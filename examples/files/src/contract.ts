import { contract, procedure } from '@wirepact/contract'
// The small-bundle flavour of zod: the page carries this file too.
import * as z from 'zod/mini'

/** Bytes of an item, unless it is the last of a file: large enough to cost little each, small enough to share the way. */
export const CHUNK_BYTES = 32 * 1024

const Name = z.string().check(z.minLength(1), z.maxLength(255))
const Bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
const Sha256 = z.string().check(z.regex(/^[0-9a-f]{64}$/))
const Length = z.int().check(z.minimum(0))
/** Whatever tells one state of a file from another, such as its size and time. Parts of different ones are never joined. */
const Version = z.string().check(z.maxLength(100))

const StoredFile = z.object({ name: z.string(), bytes: Length, modifiedAt: z.date(), version: Version })
const UnfinishedFile = z.object({ name: z.string(), bytes: Length, stored: Length })

export const files = contract({
  server: {
    list: procedure({
      output: z.object({
        files: z.array(StoredFile),
        /** Uploads that were not finished: whoever sends the same file goes on where it stopped. */
        unfinished: z.array(UnfinishedFile),
        freeBytes: z.number(),
      }),
      idempotent: true,
    }),
    /**
     * Takes a file. The callee first says how much of it it has, and then now and again how much it has stored; the caller
     * sends what is missing, and last the checksum of the whole. The file appears under its name only when they agree.
     */
    put: procedure({
      input: z.object({ name: Name, bytes: Length, version: Version, replace: z.boolean() }),
      accepts: z.union([Bytes, z.object({ sha256: Sha256 })]),
      yields: z.object({ stored: Length }),
      output: z.object({ sha256: Sha256 }),
      errors: {
        BAD_NAME: z.object({ reason: z.string() }),
        EXISTS: z.object({ bytes: Length }),
        TOO_LARGE: z.object({ limitBytes: Length }),
        QUOTA: z.object({ leftBytes: Length }),
        DISK_FULL: z.object({ freeBytes: z.number() }),
        WRONG_LENGTH: z.object({ stored: Length }),
        CHECKSUM: z.object({ sha256: Sha256 }),
        /** Another call goes on with the same upload. */
        TAKEN_OVER: null,
      },
    }),
    /** Gives a file from an offset on, and last the checksum of the whole. */
    get: procedure({
      input: z.object({ name: Name, offset: Length, version: Version }),
      yields: Bytes,
      output: z.object({ sha256: Sha256 }),
      errors: {
        BAD_NAME: z.object({ reason: z.string() }),
        NOT_FOUND: null,
        CHANGED: z.object({ version: Version }),
      },
    }),
  },
})

export type StoredFile = z.output<typeof StoredFile>
export type UnfinishedFile = z.output<typeof UnfinishedFile>
