import { Connection } from '../connection.ts'
import type { ConnectionEvents } from '../connection-events.ts'
import type { ConnectionOptions } from '../connection-options.ts'
import { concat, toHex } from './wire.ts'

/** A clock that moves only when told. */
export class Clock {
  now = 0
}

/**
 * A connection with everything it told, as lines that a test can compare:
 * `text "…"`, `binary hex`, `ping hex`, `pong hex`, `drain`, `closing code reason`, `closed code reason clean|unclean`.
 */
export class Endpoint {
  readonly log: string[] = []
  readonly clock = new Clock()
  readonly connection: Connection

  constructor(role: 'client' | 'server', options: Partial<ConnectionOptions> = {}) {
    this.connection = new Connection({
      role,
      events: recorder(this.log),
      now: () => this.clock.now,
      // A fixed key makes a client's bytes comparable.
      masks: () => 0x01020304,
      ...options,
    })
  }

  /** Everything it has to send, in one piece. */
  output(): Uint8Array {
    const chunks: Uint8Array[] = []
    for (let chunk = this.connection.takeOutput(); chunk !== undefined; chunk = this.connection.takeOutput()) {
      chunks.push(chunk)
    }
    return concat(...chunks)
  }

  outputHex(): string {
    return toHex(this.output())
  }

  /** Feed a copy: the connection unmasks in place. */
  receive(...parts: Uint8Array[]): this {
    for (const part of parts) this.connection.receive(part.slice())
    return this
  }

  /** Move the clock to the next deadline and past it. */
  runOut(): this {
    this.clock.now = this.connection.nextDeadline()
    this.connection.onTimer(this.clock.now)
    return this
  }
}

export function recorder(log: string[]): ConnectionEvents {
  const rest = (name: string) => (bytes: Uint8Array, start: number, end: number) => {
    log.push(`${name} ${toHex(bytes.subarray(start, end))}`)
  }
  return {
    message(bytes, start, end, isText) {
      const part = bytes.subarray(start, end)
      log.push(isText ? `text ${JSON.stringify(new TextDecoder().decode(part))}` : `binary ${toHex(part)}`)
    },
    ping: rest('ping'),
    pong: rest('pong'),
    drain: () => log.push('drain'),
    closing: (code, reason) => log.push(`closing ${code} ${reason}`.trimEnd()),
    closed: (code, reason, clean) => log.push(`closed ${code} ${reason} ${clean ? 'clean' : 'unclean'}`),
  }
}

/** Two connections wired to each other in memory. */
export class Pair {
  readonly client: Endpoint
  readonly server: Endpoint
  readonly #chunkBytes: () => number

  /** @param chunkBytes size of the next chunk handed over, called for each */
  constructor(options: Partial<ConnectionOptions> = {}, chunkBytes: () => number = () => Number.POSITIVE_INFINITY) {
    this.client = new Endpoint('client', options)
    this.server = new Endpoint('server', options)
    this.#chunkBytes = chunkBytes
  }

  /** Carry bytes both ways until neither side has anything to say; obey what each wishes for its transport. */
  settle(): this {
    while (this.#carry(this.client, this.server) || this.#carry(this.server, this.client)) {
      // Until both are silent.
    }
    const ends = [this.client, this.server].filter((side) => side.connection.transport !== 'keep')
    if (ends.length > 0) for (const side of [this.client, this.server]) side.connection.transportEnded()
    return this
  }

  #carry(from: Endpoint, to: Endpoint): boolean {
    const bytes = from.output()
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + Math.max(1, this.#chunkBytes()))
      to.connection.receive(bytes.slice(at, end))
      at = end
    }
    from.connection.noteBacklog(0)
    return bytes.length > 0
  }
}
