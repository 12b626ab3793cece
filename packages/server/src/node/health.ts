import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AnyContract } from '@wirepact/contract'
import { metricsText } from '../metrics-text.ts'
import type { Server } from '../server-face.ts'

export interface HealthOptions {
  /**
   * Whether `GET /metrics` tells what the server counts, in the text format of Prometheus. Leave it off on a port that
   * clients reach: it is nobody else's business. @default false
   */
  readonly metrics?: boolean
  /** Answers all other requests. @default 404 */
  readonly otherwise?: RequestListener
}

/**
 * Answers what balancers and orchestrators ask, as `onRequest` of `listen` or on an HTTP server of its own:
 *
 * - `GET /healthz`: 200 as long as the process runs its code at all. When it does not answer, start it again.
 * - `GET /readyz`: 200 when new clients should be sent here, otherwise 503 and why (`server.readiness`).
 *
 * ```ts
 * await listen(server, { port: 3000, onRequest: healthEndpoints(server) })
 * ```
 */
export function healthEndpoints<C extends AnyContract, Context>(
  server: Pick<Server<C, Context>, 'metrics' | 'readiness'>,
  { metrics = false, otherwise = notFound }: HealthOptions = {},
): RequestListener {
  const answers = new Map<string, (response: ServerResponse) => unknown>([
    ['/healthz', (response) => say(response, 200, 'ok\n')],
    [
      '/readyz',
      async (response) => {
        const readiness = await server.readiness()
        if (readiness.isReady) say(response, 200, 'ready\n')
        else say(response, 503, `${readiness.because}\n`)
      },
    ],
  ])
  if (metrics) answers.set('/metrics', (response) => say(response, 200, metricsText(server.metrics()), prometheus))
  return (request, response) => {
    const answer = answers.get((request.url ?? '').split('?', 1)[0] ?? '')
    if (answer === undefined) return otherwise(request, response)
    if (request.method === 'GET' || request.method === 'HEAD') return void answer(response)
    return say(response, 405, 'GET and HEAD only\n', undefined, { Allow: 'GET, HEAD' })
  }
}

function notFound(_request: IncomingMessage, response: ServerResponse): void {
  say(response, 404, 'not found\n')
}

function say(
  response: ServerResponse,
  status: number,
  body: string,
  type = 'text/plain; charset=utf-8',
  headers: Readonly<Record<string, string>> = {},
): void {
  // What was true a moment ago is of no use to anybody.
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store', ...headers })
  response.end(body)
}

const prometheus = 'text/plain; version=0.0.4; charset=utf-8'
