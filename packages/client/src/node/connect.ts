import type { AnyContract } from '@wirepact/contract'
import { answerWithHandlers } from '@wirepact/peer/answering'
import { eventing } from '@wirepact/peer/eventing'
import { shaperFor, webSocketSource } from '@wirepact/peer/node'
import { ContractShapes } from '@wirepact/peer/shapes'
import { streaming } from '@wirepact/peer/streaming'
import { type ConnectOptions, connect as connectWebSocket, UpgradeError } from '@wirepact/websocket/node'
import type { Client } from '../client.ts'
import { createClient } from '../create-client.ts'
import { type Address, type Dial, DialError, subprotocol } from '../dial.ts'
import type { ClientOptions } from '../options.ts'

/** How to connect from Node.js. */
export interface NodeClientOptions<C extends AnyContract> extends ClientOptions<C> {
  /** Further headers of the upgrade request. */
  readonly headers?: Readonly<Record<string, string>>
  /** For `wss:`, Node's own TLS options (`ca`, `cert`, `key`, `servername` …). */
  readonly tls?: NonNullable<ConnectOptions['tls']>
  /**
   * Whether code may be generated for values that are laid out by shape; without it the same is done by functions that
   * are put together, for somewhat more CPU time. @default true
   */
  readonly generateCode?: boolean
  /**
   * After each chunk from a server that is talking (its last chunk came within the same time) the process stays awake for
   * so many milliseconds, 1,000 at most, so that the next one need not wake it: shorter calls, for a core that is busy as
   * long as traffic flows. An idle client sleeps. @default 0: never
   */
  readonly lowLatencyMs?: number
}

/**
 * Connects from Node.js, over wirepact's own WebSocket core. Returns at once; calls wait until the connection stands.
 *
 * @param url `ws:` or `wss:`, or a function that says so anew for each connection, for what is good only once. When it
 * throws, it is asked again for the next try
 * @throws TypeError when that is no address, or an option out of its range
 */
export function connect<C extends AnyContract>(
  contract: C,
  url: Address,
  options: NodeClientOptions<C> = {},
): Client<C> {
  if (typeof url !== 'function') checkUrl(url)
  checkLowLatency(options.lowLatencyMs)
  return createClient(contract, dialNode(url, options), options, {
    answering: answerWithHandlers,
    eventing,
    streaming,
    shapes: (compiled) => new ContractShapes(compiled, shaperFor(options.generateCode)),
  })
}

/** @throws TypeError */
function checkUrl(url: string | URL): void {
  const given = String(url)
  const { protocol } = URL.canParse(given) ? new URL(given) : { protocol: '' }
  if (/^(ws|http)s?:$/.test(protocol) && !given.includes('#')) return
  // Without what may be a secret: this text ends up in logs.
  const shown = given.replace(/[?#].*$/s, '…').replace(/\/\/[^@/]*@/, '//…@')
  throw new TypeError(`${shown} is not an address of a WebSocket: it begins with ws:// or wss:// and has no #fragment`)
}

// The socket would say so, too, but only at each try to connect, which would then be repeated for ever.
function checkLowLatency(ms: number | undefined): void {
  if (ms === undefined || (ms >= 0 && ms <= 1_000)) return
  throw new TypeError(`lowLatencyMs must be from 0 to 1000 (ms), not ${String(ms)}`)
}

function dialNode<C extends AnyContract>(address: Address, options: NodeClientOptions<C>): Dial {
  const { connectTimeoutMs, headers, lowLatencyMs, messageBytes = 16 * 1024 * 1024, tls } = options
  return async (signal) => {
    try {
      const url = typeof address === 'function' ? await address() : address
      checkUrl(url)
      const socket = await connectWebSocket(url, {
        protocols: [subprotocol],
        ...{
          headers,
          lowLatencyMs,
          signal,
          tls,
          timeoutMs: connectTimeoutMs && Math.min(connectTimeoutMs, longestTimeoutMs),
        },
        // The mark above which the socket says when it has room again: where streams stop.
        limits: { messageBytes, frameBytes: messageBytes, highWaterBytes: 256 * 1024 },
      })
      return webSocketSource(socket, { encoding: 'binary', hardCapBytes: 64 * 1024 * 1024 })
    } catch (error) {
      throw explain(error)
    }
  }
}

/** Timers take anything longer for nothing at all. */
const longestTimeoutMs = 0x7fff_ffff

// An answer of 4xx says that the request is wrong, and the next one would be the same; all else may pass.
function explain(error: unknown): unknown {
  if (!(error instanceof UpgradeError)) return error
  const { status, body } = error
  const passing = status < 400 || status >= 500 || status === 408 || status === 425 || status === 429
  return new DialError(body === '' ? error.message : `${error.message}: ${body.trim()}`, !passing, { cause: error })
}
