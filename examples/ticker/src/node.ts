import { createServer as createHttpServer, type Server as HttpServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { EventLog } from '@wirepact/eventlog'
import type { Server } from '@wirepact/server'
import { attach } from '@wirepact/server/node'
import { staticFiles } from '../../machine/src/static-files.ts'
import { Audience } from './audience.ts'
import type { ticker } from './contract.ts'
import type { Context } from './handlers.ts'
import { createNodeServer } from './node-server.ts'

export type NodeOptions = {
  /** What pages call it. */
  name: string
  log: EventLog
  /** 0 takes a free one. */
  port: number
  /** @default '127.0.0.1', for a balancer on the same machine */
  host?: string
  /** The folder with the built page. */
  page: URL
  /** Ends the process at once. @default `kill -9` for itself */
  kill?: () => void
}

export type RunningNode = {
  readonly port: number
  readonly server: Server<typeof ticker, Context>
  /** Sends everybody to another node, each at its own moment, and ends when they have gone. */
  drain(): Promise<void>
  close(): Promise<void>
}

/** One of the nodes that pages connect to. It holds nothing that another one could not go on with. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const { name, log, port, host = '127.0.0.1', page, kill = killThisProcess } = options
  let draining = false
  const server: RunningNode['server'] = createNodeServer({ name, log, kill, audience: () => audience.list })
  const audience = new Audience({ log, server, name })
  const http = createHttpServer(withHealth(staticFiles(page), log, () => draining))
  attach(server, http, { path: '/rpc' })
  await listening(http, port, host)
  const close = async () => {
    audience.stop()
    await server.close()
    http.closeAllConnections()
    http.close()
  }
  return {
    port: (http.address() as AddressInfo).port,
    server,
    async drain() {
      draining = true
      // Nobody new comes here: a balancer that is refused tries the next node.
      http.close()
      await server.drain({ deadlineMs: 30_000, spreadMs: 2_000 })
      await close()
    },
    close,
  }
}

/** `/health`: the process answers. `/ready`: send it pages. What watches over nodes asks these, and people with curl. */
function withHealth(further: RequestListener, log: EventLog, draining: () => boolean): RequestListener {
  return async (request, response) => {
    if (request.url === '/health') return void response.end('alive\n')
    if (request.url !== '/ready') return further(request, response)
    const reason = draining() ? 'draining' : await Promise.resolve(log.head('ticker ready')).then(() => '', String)
    response.writeHead(reason === '' ? 200 : 503, { 'cache-control': 'no-store' })
    response.end(reason === '' ? 'ready\n' : `${reason}\n`)
  }
}

function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL')
}

function listening(http: HttpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      resolve()
    })
  })
}
