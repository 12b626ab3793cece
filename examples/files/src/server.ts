import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer, type LimitsOption } from '@wirepact/server'
import { attach } from '@wirepact/server/node'
import * as z from 'zod/mini'
import { staticFiles } from '../../machine/src/static-files.ts'
import { files } from './contract.ts'
import { handlersOf } from './handlers.ts'
import { Store, type StoreOptions } from './store.ts'
import { isToken } from './token.ts'

export interface FilesOptions extends StoreOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** The address to listen on. @default 'localhost' */
  readonly host?: string | undefined
  /** What whoever comes has to know. */
  readonly token: string
  /** The folder with the built page. */
  readonly page: URL
  /** @default less waits, on its way and for the disk, than the library's own allow */
  readonly limits?: LimitsOption | undefined
}

export interface RunningFiles {
  /** Where a person can open it, the token included. */
  readonly url: string
  readonly store: Store
  close(): Promise<void>
}

/** A mebibyte is a hundredth of a second at 100 MiB/s: more would only wait in memory. */
const FRUGAL: LimitsOption = { streamBytesMost: 1024 * 1024, resendBytes: 2 * 1024 * 1024 }

/**
 * Serves the files of a folder, their page, and the WebSocket of both at `/rpc`.
 * @throws what listening throws, such as an Error with the code EADDRINUSE
 */
export async function startFiles(options: FilesOptions): Promise<RunningFiles> {
  const { host = 'localhost', limits = FRUGAL, page, port, token, ...stored } = options
  // The small flavour of zod brings no words of its own; what it finds wrong with an input is told to the caller.
  z.config(z.locales.en())
  const store = new Store(stored)
  const http = createHttpServer(staticFiles(page))
  const server = createServer<typeof files, undefined>(files, {
    limits,
    authenticate({ credentials }) {
      if (!isToken(credentials, token)) throw new Error('a wrong token')
      return undefined
    },
    handlers: handlersOf(store),
  })
  attach(server, http, { path: '/rpc' })
  const close = async () => {
    await server.close()
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  }
  await new Promise<void>((resolve, reject) => http.once('error', reject).listen(port, host, resolve)).catch(
    async (error) => {
      await close()
      throw error
    },
  )
  return { url: `http://${host}:${(http.address() as AddressInfo).port}/#${token}`, store, close }
}
