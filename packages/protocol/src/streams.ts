import { type CreditMessage, type EndMessage, type ItemMessage, Kind } from './message.ts'
import { RoundRobin, type Turn } from './round-robin.ts'
import type { Session } from './session.ts'
import type { ItemSink, ItemSource, ItemsIn, ItemsOut, SessionStreams } from './stream-port.ts'
import { ReceiveWindow, SendCredit, type StreamWindow, type StreamWindows } from './stream-window.ts'

// Theory of operation
//
// A stream is a call with items: those of its caller, those of its callee, or both. Each direction is a half on either
// side: an `OutgoingItems` where items are sent and an `IncomingItems` where they are read. Halves come with the call
// and go with its answer, so what is said here is only what lies between.
//
// An outgoing half holds one item at most. It leaves when four things allow: the credit of the stream, the credit of the
// connection, the channel (which buffers little), and the resend window (half of which is always left to calls and
// answers). Credit of the stream is the half's own affair; for the other three the halves that have an item take turns.
//
// Of what a stream holds, the connection's window counts only what goes beyond the stream's first window: readers that
// have stopped hold their own share, and the window of the connection stays open for the others. Windows grow out of half
// of it, so what is left is there for large items.
//
// Items are counted messages: a session that is resumed resends what was lost, and nothing here knows of it. Credit is
// not counted, so the totals are said again on each channel.

export interface StreamsOptions {
  readonly session: Session
  /** What we grant. */
  readonly windows: StreamWindows
  /** What the other side grants before its first credit. */
  readonly peer: { readonly initial: StreamWindow; readonly connectionBytes: number }
  /** Bytes waiting in the channel above which nothing is added. */
  readonly highWaterBytes: number
  /** Runs something after a while, unless what is returned is called first. */
  readonly later: (delayMs: number, task: () => void) => () => void
  /** The time in ms. @default it stands still, and windows grow whenever they keep a sender waiting */
  readonly now?: () => number
}

/** All streams of one session. */
export class Streams implements SessionStreams {
  calls = 0
  readonly #options: StreamsOptions
  readonly #session: Session
  readonly #outgoing = { ofCallers: new Map<number, OutgoingItems>(), ofCallees: new Map<number, OutgoingItems>() }
  readonly #incoming = { ofCallers: new Map<number, IncomingItems>(), ofCallees: new Map<number, IncomingItems>() }
  readonly #turns = new RoundRobin<OutgoingItems>()
  readonly #credit: SendCredit
  readonly #window: ReceiveWindow
  /** By how much our windows are larger than at first, in all. */
  #grownBytes = 0
  #stopLooking: (() => void) | undefined

  constructor(options: StreamsOptions) {
    this.#options = options
    this.#session = options.session
    this.#credit = new SendCredit({ bytes: options.peer.connectionBytes, items: Number.MAX_SAFE_INTEGER })
    this.#window = new ReceiveWindow({ bytes: options.windows.connectionBytes, items: Number.MAX_SAFE_INTEGER })
  }

  /** Bytes that have come and that nobody has taken yet. */
  get heldBytes(): number {
    let bytes = 0
    for (const halves of [this.#incoming.ofCallers, this.#incoming.ofCallees])
      for (const { window } of halves.values()) bytes += window.heldBytes
    return bytes
  }

  /** Halves that are open; for tests of what is left behind. */
  get size(): number {
    const { ofCallers, ofCallees } = this.#outgoing
    return ofCallers.size + ofCallees.size + this.#incoming.ofCallers.size + this.#incoming.ofCallees.size
  }

  send(id: number, asCallee: boolean, source: ItemSource): OutgoingItems {
    const half = new OutgoingItems(this, id, asCallee, source, new SendCredit(this.#options.peer.initial))
    this.#sent(asCallee).set(id, half)
    return half
  }

  read(id: number, ofCallee: boolean, sink: ItemSink): IncomingItems {
    const { initial, most } = this.#options.windows
    const window = new ReceiveWindow(initial, most, this.#options.now?.())
    const half = new IncomingItems(this, id, ofCallee, sink, window)
    this.#read(ofCallee).set(id, half)
    return half
  }

  receive(message: ItemMessage | EndMessage | CreditMessage, size: number): void {
    switch (message.kind) {
      case Kind.item:
        return this.#receiveItem(message, size)
      case Kind.end: {
        const half = this.#read(message.fromCallee === true).get(message.id)
        // The end of one that we left meanwhile.
        if (half === undefined) return
        if (half.ended) return this.#session.violate(`a second end of call ${message.id}`)
        half.end()
        return
      }
      case Kind.credit:
        return this.#receiveCredit(message)
    }
  }

  attached(): void {
    for (const halves of [this.#incoming.ofCallers, this.#incoming.ofCallees])
      for (const half of halves.values()) if (half.window.renew() && !half.ended) this.#grant(half)
    if (this.#window.raised) this.#grantConnection()
    this.room()
  }

  room(): void {
    const turns = this.#turns
    while (!turns.empty && this.#roomy()) {
      const half = turns.take() as OutgoingItems
      // It may have been closed while it waited.
      if (half.holds) half.leave()
    }
  }

  end(): void {
    this.#stopLooking?.()
    this.#turns.clear()
    for (const halves of [this.#outgoing.ofCallers, this.#outgoing.ofCallees]) halves.clear()
    for (const halves of [this.#incoming.ofCallers, this.#incoming.ofCallees]) halves.clear()
  }

  /** For the halves: an item wants to leave. False when it has to wait for its turn. */
  ask(half: OutgoingItems): boolean {
    if (this.#turns.empty && this.#roomy()) return true
    this.#turns.add(half)
    return false
  }

  /** For the halves. Returns the item's size. @throws WirepactError as `Session.item` does */
  transmit(id: number, asCallee: boolean, waited: boolean, value: unknown): number {
    const size = this.#session.item(id, asCallee, waited, value)
    this.#credit.send(size)
    return size
  }

  /** For the halves. */
  transmitEnd(id: number, asCallee: boolean): void {
    this.#session.endItems(id, asCallee)
  }

  /** For the halves: bytes of the connection are free again, and the stream's own totals may have risen. */
  consumed(half: IncomingItems, isDue: boolean): void {
    if (isDue) this.#grant(half)
    this.#free(half.freed())
  }

  /** For the halves: a window is too small. No stream gets more than half of what is left for it. */
  grow(window: ReceiveWindow): void {
    const left = this.#options.windows.connectionBytes / 2 - this.#grownBytes
    this.#grownBytes += window.grow(Math.floor(left / 2), this.#options.now?.())
  }

  /** For the halves. */
  forget(half: OutgoingItems | IncomingItems): void {
    if (half instanceof IncomingItems) this.#grownBytes -= half.window.grownBytes
    const halves = half instanceof OutgoingItems ? this.#sent(half.asCallee) : this.#read(half.ofCallee)
    if (halves.get(half.id) === half) halves.delete(half.id)
  }

  #sent(asCallee: boolean): Map<number, OutgoingItems> {
    return asCallee ? this.#outgoing.ofCallees : this.#outgoing.ofCallers
  }

  #read(ofCallee: boolean): Map<number, IncomingItems> {
    return ofCallee ? this.#incoming.ofCallees : this.#incoming.ofCallers
  }

  // "A receiver must close with 4400 for an item that it has granted no credit for": it would be made to keep more than
  // it wants to.
  #receiveItem({ id, fromCallee, waited, value }: ItemMessage, size: number): void {
    const half = this.#read(fromCallee === true).get(id)
    const isGranted = this.#window.receive(size) && half?.receive(size, waited === true) !== false
    if (!isGranted) return this.#session.violate(`an item of call ${id} without credit`)
    // It crossed our cancel, or our answer, on the way: nobody reads it, and its bytes are free again.
    this.#free(size + (half?.freed() ?? 0))
    if (half === undefined) return
    if (half.ended) return this.#session.violate(`an item of call ${id} after its end`)
    half.sink.item(value, size)
  }

  #receiveCredit({ id, fromCallee, bytes, items }: CreditMessage): void {
    const isConnection = id === 0
    const half = isConnection ? undefined : this.#sent(fromCallee !== true).get(id)
    const credit = isConnection ? this.#credit : half?.credit
    // The credit of a stream that is over.
    if (credit === undefined) return
    if (!credit.raise(bytes, isConnection ? Number.MAX_SAFE_INTEGER : items))
      return this.#session.violate(`the credit of call ${id} fell`)
    if (half === undefined) this.room()
    else half.credited()
  }

  // Without room somebody has to tell us of it: an ack, a credit, or the channel, where it can.
  #roomy(): boolean {
    const { channel, roomy } = this.#session
    if (!roomy || channel === undefined || !this.#credit.open) return false
    if (channel.bufferedBytes < this.#options.highWaterBytes && channel.crowded !== true) return true
    this.#stopLooking ??= this.#options.later(lookAgainMs, () => {
      this.#stopLooking = undefined
      this.room()
    })
    return false
  }

  #free(size: number): void {
    if (size > 0 && this.#window.consume(size)) this.#grantConnection()
  }

  #grant({ id, ofCallee, window }: IncomingItems): void {
    const { grantedBytes: bytes, grantedItems: items } = window
    // Whoever reads the callee's items is the caller.
    this.#session.control({ kind: Kind.credit, id, fromCallee: !ofCallee, bytes, items })
  }

  #grantConnection(): void {
    this.#session.control({ kind: Kind.credit, id: 0, fromCallee: false, bytes: this.#window.grantedBytes, items: 0 })
  }
}

/** A half where items are sent. */
export class OutgoingItems implements ItemsOut, Turn {
  next: Turn | null | undefined
  readonly id: number
  readonly asCallee: boolean
  readonly credit: SendCredit
  readonly #streams: Streams
  readonly #source: ItemSource
  /** An item waits here, and this is it. */
  holds = false
  #held: unknown
  /** It waited for the stream's credit. */
  #waited = false
  #ending = false

  constructor(streams: Streams, id: number, asCallee: boolean, source: ItemSource, credit: SendCredit) {
    this.#streams = streams
    this.id = id
    this.asCallee = asCallee
    this.#source = source
    this.credit = credit
  }

  put(value: unknown): boolean {
    if (this.credit.open && this.#streams.ask(this)) {
      this.credit.send(this.#streams.transmit(this.id, this.asCallee, false, value))
      return true
    }
    this.holds = true
    this.#held = value
    this.#waited = !this.credit.open
    return false
  }

  end(): void {
    this.#ending = true
    if (!this.holds) this.#finish()
  }

  close(): void {
    this.holds = false
    this.#held = undefined
    this.#streams.forget(this)
  }

  /** For the streams: there is more credit. */
  credited(): void {
    if (this.holds && this.credit.open && this.#streams.ask(this)) this.leave()
  }

  /** For the streams: it is this half's turn. */
  leave(): void {
    const value = this.#held
    this.holds = false
    this.#held = undefined
    try {
      this.credit.send(this.#streams.transmit(this.id, this.asCallee, this.#waited, value))
    } catch (error) {
      return this.#source.failed(error)
    }
    if (this.#ending) this.#finish()
    else this.#source.sent()
  }

  #finish(): void {
    this.#streams.transmitEnd(this.id, this.asCallee)
    this.close()
  }
}

/** A half where items are read. */
export class IncomingItems implements ItemsIn {
  readonly id: number
  readonly ofCallee: boolean
  readonly sink: ItemSink
  readonly window: ReceiveWindow
  readonly #streams: Streams
  ended = false
  #closed = false
  /** Of the bytes held, those that the connection counts. */
  #countedBytes = 0

  constructor(streams: Streams, id: number, ofCallee: boolean, sink: ItemSink, window: ReceiveWindow) {
    this.#streams = streams
    this.id = id
    this.ofCallee = ofCallee
    this.sink = sink
    this.window = window
  }

  /** For the streams. False when it has no credit. */
  receive(size: number, waited: boolean): boolean {
    if (waited && this.window.heldItems === 0) this.#streams.grow(this.window)
    return this.window.receive(size)
  }

  /** What is held has changed: by how much the connection counts less of it, or (below 0) more. */
  freed(): number {
    const before = this.#countedBytes
    this.#countedBytes = this.#closed ? 0 : this.window.beyondFirst
    return before - this.#countedBytes
  }

  /** For the streams. */
  end(): void {
    this.ended = true
    this.sink.ended()
  }

  take(size: number): void {
    if (this.#closed) return
    this.#streams.consumed(this, this.window.consume(size) && !this.ended)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#streams.forget(this)
    this.#streams.consumed(this, false)
  }
}

/** How long to wait, in ms, where the channel does not say that it has room: browsers do not. */
const lookAgainMs = 2
