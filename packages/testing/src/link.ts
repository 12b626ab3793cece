import type { Clock } from '@wirepact/peer'
import {
  Batches,
  type Channel,
  type ChannelReceiver,
  type ChannelSource,
  type Outgoing,
  unbatch,
} from '@wirepact/protocol'

/** One message that has arrived and is about to be handed over. */
export interface Delivery {
  readonly link: Link
  readonly to: 'client' | 'server'
  readonly message: Outgoing
}

export interface LinkOptions {
  readonly clock: Clock
  /** How long a message travels, asked for each; messages never overtake each other. */
  readonly latencyMs: () => number
  readonly encoding: 'binary' | 'json'
  /** Called before each delivery; whatever it does to the link happens before the message would arrive. */
  readonly deliver: (delivery: Delivery) => void
  readonly closed: (link: Link) => void
}

/** A connection in memory, with two ends, that can fail in every way a real one does. */
export class Link {
  readonly client: ChannelSource
  readonly server: ChannelSource
  readonly #client: End
  readonly #server: End
  readonly #options: LinkOptions
  #open = true

  constructor(options: LinkOptions) {
    this.#options = options
    this.#client = new End(this, options, 'server')
    this.#server = new End(this, options, 'client')
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

  /**
   * Cuts the cable so that only one end learns of it; the other believes that the connection stands until its own
   * heartbeat, or a newer connection, teaches it better. Told first, a client comes back while its old connection
   * still counts as alive: a duplicate.
   */
  cutFor(end: 'client' | 'server'): void {
    this.swallow()
    const told = end === 'client' ? this.#client : this.#server
    told.lost(1006, '', false)
  }

  /** Delivers nothing for a time, then everything, in order: a network that hesitates. */
  stall(ms: number): void {
    const until = this.#options.clock.now() + ms
    this.#client.heldUntil = Math.max(this.#client.heldUntil, until)
    this.#server.heldUntil = Math.max(this.#server.heldUntil, until)
  }

  /** For the ends. */
  end(code: number, reason: string, clean: boolean): void {
    if (!this.#open) return
    this.#open = false
    this.#client.lost(code, reason, clean)
    this.#server.lost(code, reason, clean)
  }

  /** For the ends: one of them has learnt that the link is gone. */
  forget(): void {
    if (!this.#client.gone || !this.#server.gone) return
    this.#open = false
    this.#options.closed(this)
  }
}

function sourceOf(end: End, encoding: 'binary' | 'json'): ChannelSource {
  return { channel: end, encoding, start: (receiver) => end.start(receiver) }
}

class End implements Channel {
  other: End | undefined
  deaf = false
  heldUntil = 0
  readonly #link: Link
  readonly #options: LinkOptions
  readonly #to: 'client' | 'server'
  readonly #queue: Traveller[] = []
  readonly #early: (() => void)[] = []
  #receiver: ChannelReceiver | undefined
  #batches: Batches | undefined
  #inFlight = 0
  #lastArrival = 0
  #closing = false
  #lost = false
  #announced: Traveller | undefined

  constructor(link: Link, options: LinkOptions, to: 'client' | 'server') {
    this.#link = link
    this.#options = options
    this.#to = to
  }

  get bufferedBytes(): number {
    return this.#inFlight + (this.#batches?.heldBytes ?? 0)
  }

  get batches(): boolean {
    return this.#batches !== undefined
  }

  batch(): void {
    if (this.#options.encoding === 'binary') this.#batches = new Batches((message) => this.#put(message))
  }

  start(receiver: ChannelReceiver): void {
    this.#receiver = receiver
    for (const late of this.#early.splice(0)) late()
  }

  send(message: Outgoing): void {
    if (this.#batches === undefined || typeof message === 'string') this.#put(message)
    else this.#batches.send(message)
  }

  #put(message: Outgoing): void {
    if (this.#closing || !this.#link.open) return
    const copy: Outgoing =
      typeof message === 'string'
        ? message
        : { bytes: message.bytes.slice(message.start, message.end), start: 0, end: message.end - message.start }
    const size = typeof copy === 'string' ? copy.length : copy.end
    this.#inFlight += size
    this.#travel({
      message: copy,
      arrive: () => {
        this.#inFlight -= size
        this.other?.arrive(copy)
        this.#receiver?.drained?.()
      },
    })
  }

  close(code: number, reason: string): void {
    if (this.#closing) return
    this.#batches?.flush()
    this.#closing = true
    this.#travel({ message: undefined, arrive: () => this.#link.end(code, reason, true) })
  }

  terminate(): void {
    // An end whose other end knows nothing any more still learns of its own doing.
    if (this.deaf) this.lost(1006, '', false)
    else this.#link.cut()
  }

  arrive(message: Outgoing): void {
    const deliver = () => {
      const receiver = this.#receiver as ChannelReceiver
      if (typeof message === 'string') receiver.text(message)
      else if (this.#batches === undefined) receiver.message(message.bytes, message.start, message.end)
      else unbatch(receiver, message.bytes, message.start, message.end, false)
    }
    if (this.#receiver === undefined) this.#early.push(deliver)
    else deliver()
  }

  /** This end knows that the link is gone. */
  get gone(): boolean {
    return this.#lost
  }

  lost(code: number, reason: string, clean: boolean): void {
    if (this.#lost) return
    this.#lost = true
    this.#link.forget()
    const tell = () => this.#receiver?.closed(code, reason, clean)
    if (this.#receiver === undefined) this.#early.push(tell)
    else tell()
  }

  #travel(traveller: Traveller): void {
    const { clock, latencyMs } = this.#options
    this.#lastArrival = Math.max(this.#lastArrival, clock.now() + latencyMs())
    this.#queue.push(traveller)
    // The timer says that one may arrive, the queue says which: sums of times are not exact, and order must be.
    clock.schedule(this.#lastArrival - clock.now(), () => this.#next())
  }

  #next(): void {
    const head = this.#queue[0]
    if (head === undefined || !this.#link.open) return
    const { clock, deliver } = this.#options
    if (this.deaf) {
      this.#queue.shift()
      // As a WebSocket does whose closing handshake nobody answers.
      if (head.message === undefined) clock.schedule(closeTimeoutMs, () => this.lost(1006, '', false))
      return
    }
    if (this.heldUntil > clock.now()) {
      clock.schedule(this.heldUntil - clock.now(), () => this.#next())
      return
    }
    const { message } = head
    if (message !== undefined && head !== this.#announced) {
      this.#announced = head
      deliver({ link: this.#link, to: this.#to, message })
      // What was done to the link there may concern this very message.
      return this.#next()
    }
    this.#queue.shift()
    head.arrive()
  }
}

/** A message on its way, or (without one) the closing of the link. */
interface Traveller {
  readonly message: Outgoing | undefined
  readonly arrive: () => void
}

const closeTimeoutMs = 10_000
