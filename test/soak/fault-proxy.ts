import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { SeededRandom } from '@wirepact/testing'

export interface FaultProxyOptions {
  /** The port on loopback to which bytes are forwarded. */
  readonly target: number
  readonly random: SeededRandom
  /** How many connections fail. Those after them are forwarded to their end. */
  readonly faults: number
  /** The longest time for which a connection holds every byte back, in ms. @default 3 */
  readonly delayMs?: number
}

/** What becomes of one connection. */
interface Fate {
  /** Bytes forwarded, of both directions together, before it fails. */
  readonly position: number
  readonly delayMs: number
  /** `hole`: bytes vanish for a while before the reset. `half`: the server is not told, its end stands. */
  readonly kind: 'reset' | 'hole' | 'half' | 'none'
}

/** Between a client and a server on loopback: forwards bytes, and resets connections in the middle of anything. */
export class FaultProxy {
  readonly #options: FaultProxyOptions
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #planned = 0
  /** Connections that failed so far. */
  faults = 0

  constructor(options: FaultProxyOptions) {
    this.#options = options
    this.#server = createServer((socket) => this.#forward(socket))
  }

  /** Whether all the faults have happened. */
  get spent(): boolean {
    return this.faults >= this.#options.faults
  }

  /** Resolves with the port on loopback. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  // Drawn when a connection comes, so that a seed decides the same fates in whatever order bytes move.
  #fate(): Fate {
    const { random, faults, delayMs = 3 } = this.#options
    const span = random.below(5)
    // The first few hundred bytes are the handshake, hello, welcome and the resend: one cut in five falls there.
    const position = 1 + random.below(span === 0 ? 800 : span < 4 ? 4_000 : 30_000)
    const way = random.below(10)
    const kind = way < 6 ? 'reset' : way < 8 ? 'hole' : 'half'
    const delay = random.chance(0.3) ? random.below(delayMs + 1) : 0
    return { position, delayMs: delay, kind: this.#planned++ < faults ? kind : 'none' }
  }

  #forward(near: Socket): void {
    const fate = this.#fate()
    const far = connect(this.#options.target, '127.0.0.1')
    let left = fate.kind === 'none' ? Number.POSITIVE_INFINITY : fate.position
    const pass = (from: Socket, to: Socket) => {
      this.#sockets.add(from)
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('close', () => {
        this.#sockets.delete(from)
        if (left <= 0) return
        to.destroy()
        // Its ends gave it up before its fault came, which is then for another.
        if (left !== Number.POSITIVE_INFINITY) this.#planned--
        left = 0
      })
      from.on('data', (chunk: Buffer) => {
        // Past its fault, bytes vanish.
        if (left <= 0) return
        const part = chunk.length < left ? chunk : chunk.subarray(0, left)
        left -= part.length
        const last = left <= 0
        if (last) this.faults++
        const write = () => {
          const failing = last ? () => fail(fate.kind, near, far) : undefined
          if (to.write(part, failing) || last) return
          // Bounded: what the other side does not take is not read from this one.
          from.pause()
          to.once('drain', () => from.resume())
        }
        // Timers of one length fire in the order in which they were set: bytes keep theirs.
        if (fate.delayMs > 0) setTimeout(write, fate.delayMs)
        else write()
      })
    }
    pass(near, far)
    pass(far, near)
  }
}

function fail(kind: Fate['kind'], near: Socket, far: Socket): void {
  const reset = () => {
    near.resetAndDestroy()
    if (kind !== 'half') far.resetAndDestroy()
  }
  if (kind === 'hole') setTimeout(reset, holeMs)
  else reset()
}

/** Long enough for a burst of messages to vanish in. */
const holeMs = 15
