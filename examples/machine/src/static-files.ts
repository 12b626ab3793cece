import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * Everything is refused and then what the page needs is allowed: its own script, style, icon and WebSocket. Nothing inline,
 * no eval, no other host, no frame around it.
 */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
}

export type StaticOptions = {
  /** Lets scripts of the page write styles into it: some libraries cannot do without. @default false */
  inlineStyles?: boolean
}

type File = { type: string; plain: Buffer; gzip: Buffer; etag: string }

/**
 * Serves the files of one folder from memory. What is not in the folder when it starts does not exist: a path from a
 * request is only ever looked up, never opened.
 *
 * @throws when the folder cannot be read
 */
export function staticFiles(folder: URL, { inlineStyles = false }: StaticOptions = {}): RequestListener {
  const policy = inlineStyles ? POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'") : POLICY
  const files = new Map<string, File>()
  for (const name of readdirSync(fileURLToPath(folder))) {
    const type = TYPES[extname(name)]
    if (type === undefined) continue
    const plain = readFileSync(new URL(name, folder))
    const etag = `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`
    files.set(name === 'index.html' ? '/' : `/${name}`, { type, plain, gzip: gzipSync(plain), etag })
  }
  return (request, response) => {
    response.setHeader('content-security-policy', policy)
    answer(files, request, response)
  }
}

function answer(files: ReadonlyMap<string, File>, request: IncomingMessage, response: ServerResponse): void {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  const file = files.get(path)
  if (file === undefined) return say(response, 404, 'There is nothing here. The page is at /\n')
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    return say(response, 405, 'This can only be read.\n')
  }
  const headers = { ...SECURITY, etag: file.etag, 'cache-control': 'no-cache', vary: 'accept-encoding' }
  if (request.headers['if-none-match'] === file.etag) {
    response.writeHead(304, headers).end()
    return
  }
  const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const body = zipped ? file.gzip : file.plain
  response.writeHead(200, {
    ...headers,
    'content-type': file.type,
    'content-length': body.length,
    ...(zipped ? { 'content-encoding': 'gzip' } : {}),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function say(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, { ...SECURITY, 'content-type': 'text/plain; charset=utf-8' }).end(words)
}
