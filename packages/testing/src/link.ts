import type { Clock } from '@wirepact/peer'
import type { Channel, ChannelReceiver, ChannelSource, Outgoing } from '@wirepact/protocol'

export interface LinkOptions {
  readonly clock: Clock
  /** How long a message travels, asked for each; messages never overtake each other. */
  readonly latencyMs: () => number
  readonly encoding: 'binary' | 'json'
  /** Called before each delivery; false cuts the link there, so that this message and all after it are lost. */
  readonly deliver: () => boolean
  readonly closed: (link: Link) => void
}

/** A connection in memory, with two ends, that can be cut. */
export class Link {
  readonly client: ChannelSource
  readonly server: ChannelSource
  readonly #client: End
  readonly #server: End
  readonly #options: LinkOptions
  #open = true

  constructor(options: LinkOptions) {
    this.#options = options
    this.#client = new End(this, options)
    this.#server = new End(this, options)
    this.#client.other = this.#server
    this.#server.other = this.#client
    this.client = sourceOf(this.#client, options.encoding)
    this.server = sourceOf(this.#server, options.encoding)
  }

  get open(): boolean {
    return this.#open
  }

  /** Cuts the cable: what is on its way is lost, and both ends learn of it at once. */
  cut(): void {
    this.end(1006, '', false)
  }

  /** Loses everything silently, both ways, without telling either end: a black hole. */
  swallow(): void {
    this.#client.deaf = true
    this.#server.deaf = true
  }

  /** For the ends. */
  end(code: number, reason: string, clean: boolean): void {
    if (!this.#open) return
    this.#open = false
    this.#client.lost(code, reason, clean)
    this.#server.lost(code, reason, clean)
    this.#options.closed(this)
  }
}

function sourceOf(end: End, encoding: 'binary' | 'json'): ChannelSource {
  return { channel: end, encoding, start: (receiver) => end.start(receiver) }
}

class End implements Channel {
  other: End | undefined
  deaf = false
  readonly #link: Link
  readonly #options: LinkOptions
  readonly #early: (() => void)[] = []
  #receiver: ChannelReceiver | undefined
  #inFlight = 0
  #lastArrival = 0
  #closing = false

  constructor(link: Link, options: LinkOptions) {
    this.#link = link
    this.#options = options
  }

  get bufferedBytes(): number {
    return this.#inFlight
  }

  start(receiver: ChannelReceiver): void {
    this.#receiver = receiver
    for (const late of this.#early.splice(0)) late()
  }

  send(message: Outgoing): void {
    if (this.#closing || !this.#link.open || this.deaf) return
    const copy: Outgoing =
      typeof message === 'string'
        ? message
        : { bytes: message.bytes.slice(message.start, message.end), start: 0, end: message.end - message.start }
    const size = typeof copy === 'string' ? copy.length : copy.end
    this.#inFlight += size
    this.#travel(() => {
      this.#inFlight -= size
      if (!this.#options.deliver()) return this.#link.cut()
      this.other?.arrive(copy)
      this.#receiver?.drained?.()
    })
  }

  close(code: number, reason: string): void {
    if (this.#closing) return
    this.#closing = true
    this.#travel(() => this.#link.end(code, reason, true))
  }

  terminate(): void {
    this.#link.cut()
  }

  arrive(message: Outgoing): void {
    const deliver = () => {
      const receiver = this.#receiver as ChannelReceiver
      if (typeof message === 'string') receiver.text(message)
      else receiver.message(message.bytes, message.start, message.end)
    }
    if (this.#receiver === undefined) this.#early.push(deliver)
    else deliver()
  }

  lost(code: number, reason: string, clean: boolean): void {
    const tell = () => this.#receiver?.closed(code, reason, clean)
    if (this.#receiver === undefined) this.#early.push(tell)
    else tell()
  }

  #travel(arrive: () => void): void {
    const { clock, latencyMs } = this.#options
    this.#lastArrival = Math.max(this.#lastArrival, clock.now() + latencyMs())
    clock.schedule(this.#lastArrival - clock.now(), () => {
      if (this.#link.open && !this.deaf) arrive()
    })
  }
}
