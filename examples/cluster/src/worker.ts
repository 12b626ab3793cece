import { createHash } from 'node:crypto'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer } from '@wirepact/server'
import { attach } from '@wirepact/server/node'
import { shared } from './contract.ts'

export type Place = {
  port: number
  host: string
  /**
   * Each process has a socket of its own on the port, and the system deals out connections. Without it the primary
   * process deals them out.
   */
  reusePort: boolean
}

export type Worker = {
  /** Sends everybody to another process, and resolves when they have gone. */
  leave(): Promise<void>
}

/** One of the processes that share a port. */
export async function startWorker(place: Place): Promise<Worker> {
  const server = createServer(shared, {
    handlers: {
      whoami: () => process.pid,
      digest: ({ input: { text, rounds } }) => {
        let digest = text
        for (let round = 0; round < rounds; round++) digest = createHash('sha256').update(digest).digest('hex')
        return digest
      },
    },
  })
  const http = createHttpServer((_request, response) => response.end(`process ${process.pid}\n`))
  attach(server, http)
  await listening(http, place)
  return {
    async leave() {
      // First, so that nobody who is sent away comes back to where they were.
      http.close()
      // Each client makes its next connection, to another process, before it leaves this one; calls under way are finished.
      await server.drain({ deadlineMs: 30_000, spreadMs: 1_000 })
      await server.close()
      http.closeAllConnections()
    },
  }
}

function listening(http: HttpServer, { port, host, reusePort }: Place): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    // `exclusive` keeps node:cluster from sharing one socket among all.
    http.listen({ port, host, ...(reusePort ? { reusePort, exclusive: true } : {}) }, () => {
      http.off('error', reject)
      resolve()
    })
  })
}
