import type { AnyContract } from '@wirepact/contract'
import { webSocketSource } from '@wirepact/peer/node'
import { closeCode } from '@wirepact/protocol'
import type { Acceptance, AttachOptions, NodeWebSocket, UpgradeRequest } from '@wirepact/websocket/node'
import type { Limits } from '../limits.ts'
import type { Server } from '../server-face.ts'
import { type HostPolicy, hostRefusal } from './host.ts'
import { comesFromBrowser, type OriginPolicy, originRefusal } from './origin.ts'

/** How connections of an HTTP server become connections of a wirepact server. */
export interface ServeOptions {
  /** Path served, without the query, compared exactly. @default every path that nothing else serves */
  readonly path?: string
  /** Pages that may connect. @default 'same' */
  readonly origins?: OriginPolicy
  /**
   * Names under which this server may be asked for. @default any, but from this machine itself only names and addresses
   * of this machine: a page of another site must not pass for its own. Proxies on this machine say `X-Forwarded-For`.
   */
  readonly hosts?: HostPolicy
  /**
   * Agrees on permessage-deflate with clients that offer it. What is inflated is held to `limits.messageBytes` while it
   * grows. Leave it off where secrets travel beside what an attacker chooses: their sizes tell of them. @default false
   */
  readonly compression?: NonNullable<AttachOptions['compression']>
  /**
   * Whether code may be generated for values that are laid out by shape; without it the same is done by functions that
   * are put together, for somewhat more CPU time. @default true
   */
  readonly generateCode?: boolean
  /**
   * After each chunk of a busy connection (one whose last chunk came within the same time) the process stays awake for so many
   * milliseconds, 1,000 at most, so that the next one need not wake it: shorter answers, for a core that is busy as long
   * as traffic flows. An idle server sleeps. @default 0: never
   */
  readonly lowLatencyMs?: number
}

/** The options of the WebSocket core that serve a wirepact server. */
export function attachOptions<C extends AnyContract, Context>(
  server: Server<C, Context>,
  options: ServeOptions,
): AttachOptions {
  const { limits } = server
  const { compression, generateCode, hosts, lowLatencyMs, path, origins = 'same' } = options
  const refusals = new WeakMap<UpgradeRequest, string>()
  return {
    ...(path === undefined ? {} : { path }),
    compression,
    lowLatencyMs,
    accept(request) {
      const refusal = hostRefusal(request, hosts) ?? originRefusal(request, origins)
      if (refusal !== undefined && comesFromBrowser(request)) refusals.set(request, refusal)
      return decide(server, request, refusal)
    },
    onSocket: (socket, request) => serve(server, socket, request, refusals.get(request), generateCode),
    limits: {
      messageBytes: limits.messageBytes,
      // Before anybody knows who it is, no more than a hello is held for a client.
      firstMessageBytes: limits.helloBytes,
      frameBytes: limits.messageBytes,
      highWaterBytes: limits.highWaterBytes,
      bufferBytes: capOf(limits),
    },
  }
}

function decide<C extends AnyContract, Context>(
  server: Server<C, Context>,
  request: UpgradeRequest,
  refusal: string | undefined,
): Acceptance {
  const protocol = subprotocols.find((token) => request.protocols.includes(token))
  if (protocol === undefined) {
    const offered = request.protocols.length === 0 ? 'none' : request.protocols.join(', ')
    return { reject: 400, body: `the subprotocol must be one of ${subprotocols.join(', ')}; offered: ${offered}\n` }
  }
  if (refusal !== undefined && !comesFromBrowser(request)) return { reject: 403, body: `${refusal}\n` }
  if (!server.accepting)
    return { reject: 503, body: 'the server is not accepting connections now\n', headers: { 'Retry-After': '1' } }
  return { protocol }
}

function serve<C extends AnyContract, Context>(
  server: Server<C, Context>,
  socket: NodeWebSocket,
  request: UpgradeRequest,
  refusal: string | undefined,
  generateCode: boolean | undefined,
): void {
  if (refusal !== undefined) {
    socket.start(deaf)
    socket.close(closeCode.forbiddenOrigin, 'forbidden origin')
    return
  }
  const encoding = socket.protocol === 'wirepact.1+json' ? 'json' : 'binary'
  const source = webSocketSource(socket, { encoding, hardCapBytes: capOf(server.limits), generateCode })
  const { headers, remoteAddress, url } = request
  server.accept(source, { url, headers, remoteAddress })
}

// What the resend window lets into the channel is bounded by that window, which may be one message over when it is full:
// it is no sign of a client that does not read, and must not close one that has asked for much.
function capOf({ hardCapBytes, messageBytes, resendBytes }: Limits): number {
  return hardCapBytes + resendBytes + messageBytes
}

const subprotocols = ['wirepact.1', 'wirepact.1+json']

const deaf = { message() {}, closed() {} }
