import { createHash } from 'node:crypto'
import type { ServerOptions } from '@wirepact/server'
import { CHUNK_BYTES, type files } from './contract.ts'
import { bytesOf, itemsOf } from './file-bytes.ts'
import type { Store } from './store.ts'
import { StoreError } from './store-error.ts'

/** How much is stored before the uploader is told so again. */
const TOLD_BYTES = 32 * CHUNK_BYTES

type FileHandlers = ServerOptions<typeof files, undefined>['handlers']

export function handlersOf(store: Store): FileHandlers {
  return {
    async list() {
      return { files: await store.files(), unfinished: await store.unfinished(), freeBytes: await store.freeBytes() }
    },

    async *put({ input, items, errors }) {
      try {
        const partial = await store.begin(input)
        try {
          let told = partial.stored
          yield { stored: told }
          for await (const item of items) {
            if (!(item instanceof Uint8Array)) return { sha256: await partial.finish(item.sha256) }
            // The next item is asked for when this one is on the disk: a slow disk slows its uploader, and nothing piles up.
            await partial.write(item)
            if (partial.stored - told < TOLD_BYTES) continue
            told = partial.stored
            yield { stored: told }
          }
          throw new StoreError('WRONG_LENGTH', { stored: partial.stored })
        } finally {
          await partial.close()
        }
      } catch (error) {
        throw declared(error, errors)
      }
    },

    async *get({ input: { name, offset, version }, errors }) {
      try {
        const file = await store.open(name)
        try {
          if (file.version !== version || offset > file.bytes)
            throw new StoreError('CHANGED', { version: file.version })
          const hash = createHash('sha256')
          for await (const chunk of bytesOf(file.handle, { to: offset })) hash.update(chunk)
          for await (const chunk of itemsOf(file.handle, offset)) {
            hash.update(chunk)
            yield chunk
          }
          return { sha256: hash.digest('hex') }
        } finally {
          await file.handle.close()
        }
      } catch (error) {
        throw declared(error, errors)
      }
    },
  }
}

/** What the store refuses, as the contract declares it. Anything else is nobody's business but the operator's. */
function declared(error: unknown, errors: object): unknown {
  if (!(error instanceof StoreError)) return error
  const make = (errors as Readonly<Record<string, (data: unknown) => Error>>)[error.code]
  return make?.(error.data) ?? error
}
