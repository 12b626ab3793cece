import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { WirepactError } from '@wirepact/protocol'
import { createServer, type Server } from '@wirepact/server'
import { attach } from '@wirepact/server/node'
import * as z from 'zod/mini'
import { staticFiles } from '../../machine/src/static-files.ts'
import { Admission } from './admission.ts'
import { terminal } from './contract.ts'
import { Shell, whatIsMissing } from './shell.ts'

export interface TerminalOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** The address to listen on. @default 'localhost' */
  readonly host?: string | undefined
  /** The folder with the built page. */
  readonly page: URL
  /** What runs in every terminal. @default $SHELL */
  readonly command?: readonly string[] | undefined
  /** Shells of one page at once. @default 8 */
  readonly shells?: number | undefined
  /** How long a page may be away, in ms, before its shells are ended. @default 600,000 (10 min) */
  readonly absentMs?: number | undefined
  /** Is given every address that lets somebody in, once. */
  readonly announce: (url: string) => void
}

interface Context {
  readonly who: string
}

export interface RunningTerminal {
  readonly port: number
  readonly server: Server<typeof terminal, Context>
  /** Processes of the shells that run, their terminals included. */
  readonly shells: ReadonlySet<Shell>
  /** Where somebody can open it, once. */
  readonly url: string
  close(): Promise<void>
}

/** @throws what listening throws, such as an Error with the code EADDRINUSE */
export async function startTerminal(options: TerminalOptions): Promise<RunningTerminal> {
  const { absentMs = 600_000, announce, host = 'localhost', page, port } = options
  z.config(z.locales.en())
  // xterm.js writes its colours and sizes into the page as styles.
  const http = createHttpServer(staticFiles(page, { inlineStyles: true }))
  const urlOf = (token: string) => `http://${host}:${(http.address() as AddressInfo).port}/#${token}`
  const admission = new Admission((token) => announce(urlOf(token)))
  const shells = new Map<string, Shell>()
  const server = createServer<typeof terminal, Context>(terminal, {
    limits: { detachedMs: absentMs },
    authenticate({ credentials }) {
      const who = admission.admit(credentials)
      if (who !== undefined) return { who }
      throw new WirepactError('unauthenticated', 'open the address that the server printed last; each works once')
    },
    principal: ({ context }) => context.who,
    handlers: handlersOf(shells, options),
  })
  attach(server, http, { path: '/rpc' })
  const close = async () => {
    await server.close()
    const all = [...shells.values()]
    for (const shell of all) shell.end()
    await Promise.all(all.map(({ ended }) => ended))
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  }
  await new Promise<void>((resolve, reject) => http.once('error', reject).listen(port, host, resolve)).catch(
    async (error) => {
      await close()
      throw error
    },
  )
  announce(urlOf(admission.token))
  return {
    ...{ port: (http.address() as AddressInfo).port, server, close },
    get shells() {
      return new Set(shells.values())
    },
    get url() {
      return urlOf(admission.token)
    },
  }
}

type Handlers = Parameters<typeof createServer<typeof terminal, Context>>[1]['handlers']

function handlersOf(shells: Map<string, Shell>, { command, shells: limit = 8 }: TerminalOptions): Handlers {
  const missing = whatIsMissing()
  const nameOf = (who: string, id: string) => `${who} ${id}`
  return {
    async *shell({ input: { id, size }, items, context: { who }, signal, errors }) {
      if (missing !== undefined) throw errors.NO_TERMINAL({ needs: missing })
      const own = [...shells.keys()].filter((name) => name.startsWith(`${who} `))
      if (own.length >= limit) throw errors.TOO_MANY({ limit })
      const name = nameOf(who, id)
      const shell = new Shell({ size, command })
      shells.set(name, shell)
      // A shell may be silent for hours: nothing but this would end it when its page is gone for good.
      const end = () => shell.end()
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
      const typing = (async () => {
        for await (const bytes of items) await shell.type(bytes)
      })()
      // Its failure is the call's: nobody else has to hear of it.
      typing.catch(() => {})
      try {
        for await (const bytes of shell.output) yield bytes
        return await shell.ended
      } finally {
        signal.removeEventListener('abort', end)
        shell.end()
        await shell.ended
        if (shells.get(name) === shell) shells.delete(name)
      }
    },
    resize({ input: { id, size }, context: { who }, errors }) {
      const shell = shells.get(nameOf(who, id))
      if (shell === undefined) throw errors.NO_SHELL()
      shell.resize(size)
    },
  }
}
