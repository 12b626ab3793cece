import type { ResendWindow } from '../send-log.ts'
import type { ItemSink, ItemSource, ItemsIn, ItemsOut } from '../stream-port.ts'
import type { StreamWindows } from '../stream-window.ts'
import { Streams } from '../streams.ts'
import type { SessionEnd, Wire } from './session-end.ts'
import { cutAndResume, flow, type Pair, pair } from './session-pair.ts'

export interface StreamWorldOptions {
  readonly windows: StreamWindows
  readonly window: ResendWindow
  readonly highWaterBytes: number
  /** Bytes of the largest item's content. */
  readonly itemBytes: number
}

/** One direction of one stream, with what the naive model knows of it: what was put, and what was taken. */
export class Lane implements ItemSource, ItemSink {
  readonly id: number
  readonly ofCallee: boolean
  readonly put: number[] = []
  readonly taken: number[] = []
  /** Items that have come and wait for their reader. */
  readonly waiting: { readonly value: number; readonly size: number }[] = []
  out: ItemsOut | undefined
  in: ItemsIn | undefined
  left = 0
  blocked = false
  /** One side has left it: from then on only the bounds count. */
  over = false
  #next = 0
  readonly #sizeOf: () => number

  constructor(id: number, ofCallee: boolean, left: number, sizeOf: () => number) {
    this.id = id
    this.ofCallee = ofCallee
    this.left = left
    this.#sizeOf = sizeOf
  }

  /** Puts what there is room for. */
  pump(): void {
    while (!this.blocked && this.left > 0 && !this.over) {
      this.left--
      const value = ++this.#next
      this.put.push(value)
      this.blocked = this.out?.put([value, 'x'.repeat(this.#sizeOf())]) === false
    }
  }

  sent(): void {
    this.blocked = false
    this.pump()
  }

  failed(error: unknown): void {
    throw error
  }

  item(value: unknown, size: number): void {
    this.waiting.push({ value: (value as [number, string])[0], size })
  }

  ended(): void {}

  take(): boolean {
    const next = this.waiting.shift()
    if (next === undefined) return false
    this.taken.push(next.value)
    this.in?.take(next.size)
    return true
  }
}

/** Two sessions with streams in every direction between them. What happens is chosen from outside; the lanes watch. */
export class StreamWorld {
  readonly pair: Pair
  readonly lanes: Lane[] = []
  readonly streams: { readonly a: Streams; readonly b: Streams }
  readonly counts = { cuts: 0, items: 0, largest: 0 }
  readonly #below: (bound: number) => number
  readonly #options: StreamWorldOptions

  constructor(below: (bound: number) => number, options: StreamWorldOptions) {
    this.#below = below
    this.#options = options
    this.pair = pair({ window: options.window })
    const { a, b } = this.pair
    this.streams = { a: this.#streamsOf(a), b: this.#streamsOf(b) }
  }

  #streamsOf(end: SessionEnd): Streams {
    const { session } = end
    const { highWaterBytes, windows } = this.#options
    end.startStreams = () => new Streams({ session, windows, peer: windows, highWaterBytes, later: () => () => {} })
    return session.streams as Streams
  }

  /** A call with items both ways, made by one side. */
  open(byA: boolean, items: number): void {
    const { a, b } = this.pair
    const [caller, callee] = byA ? [a, b] : [b, a]
    const [ours, theirs] = byA ? [this.streams.a, this.streams.b] : [this.streams.b, this.streams.a]
    const sizeOf = () => this.#below(this.#options.itemBytes)
    const { id } = caller.make(1)
    const up = new Lane(id, false, items, sizeOf)
    const down = new Lane(id, true, items, sizeOf)
    up.out = ours.send(id, false, up)
    down.in = ours.read(id, true, down)
    const before = callee.onCall
    callee.onCall = (called, input) => {
      before(called, input)
      if (called !== id) return
      up.in = theirs.read(id, false, up)
      down.out = theirs.send(id, true, down)
      down.pump()
    }
    this.lanes.push(up, down)
    up.pump()
  }

  /** One random thing happens. */
  step(): void {
    const roll = this.#below(100)
    if (roll < 5 && this.lanes.length < 12) this.open(this.#below(2) === 0, this.#below(60))
    else if (roll < 50) this.#deliverSome()
    else if (roll < 85) this.#any()?.take()
    else if (roll < 89) this.#pumpSome()
    else if (roll < 92) this.#leave()
    else if (roll < 95) this.#repeatCredit()
    else this.#cut()
    this.check()
  }

  /** Everything arrives and is taken. */
  settle(): void {
    for (let moved = true; moved; ) {
      flow(this.pair)
      moved = false
      for (const lane of this.lanes) while (lane.take()) moved = true
      this.streams.a.room()
      this.streams.b.room()
      if (this.pair.toA.waiting.length + this.pair.toB.waiting.length > 0) moved = true
      this.check()
    }
  }

  check(): void {
    const { a, b } = this.pair
    if (a.violations.length + b.violations.length > 0) throw new Error('a side that keeps the rules was accused')
    const { connectionBytes, initial, most } = this.#options.windows
    // The last item may go beyond what was granted: its bytes, and those of its envelope.
    const slack = this.#options.itemBytes + 16
    for (const lane of this.lanes) {
      const held = lane.waiting.reduce((sum, { size }) => sum + size, 0)
      this.counts.largest = Math.max(this.counts.largest, held)
      if (held > most.bytes + slack) throw new Error(`${held} bytes wait in a window of ${most.bytes}`)
      if (lane.waiting.length > most.items) throw new Error(`${lane.waiting.length} items wait, of ${most.items}`)
      lane.taken.forEach((value, index) => {
        if (value !== index + 1) throw new Error(`item ${value} came as number ${index + 1}`)
      })
    }
    const inAll = connectionBytes + this.lanes.length * initial.bytes
    for (const streams of [this.streams.a, this.streams.b]) {
      if (streams.heldBytes > inAll + slack) throw new Error(`${streams.heldBytes} bytes wait in all`)
    }
  }

  /** After `settle`: everything that was put has been taken. */
  checkQuiet(): void {
    const held = this.streams.a.heldBytes + this.streams.b.heldBytes
    if (held > 0) throw new Error(`${held} bytes count as waiting when everything was taken or dropped`)
    for (const lane of this.lanes) {
      if (lane.over) continue
      this.counts.items += lane.taken.length
      if (lane.left > 0 || lane.blocked) throw new Error(`call ${lane.id} is stuck with ${lane.left} items to send`)
      if (lane.taken.length !== lane.put.length) {
        throw new Error(`of ${lane.put.length} items of call ${lane.id}, ${lane.taken.length} were taken`)
      }
    }
  }

  #any(): Lane | undefined {
    return this.lanes[this.#below(this.lanes.length || 1)]
  }

  #wire(): { readonly wire: Wire; readonly end: SessionEnd } {
    const { a, b, toA, toB } = this.pair
    return this.#below(2) === 0 ? { wire: toA, end: a } : { wire: toB, end: b }
  }

  #deliverSome(): void {
    for (let count = this.#below(8); count >= 0; count--) {
      const { wire, end } = this.#wire()
      const bytes = wire.waiting.shift()
      if (bytes !== undefined) end.take(bytes)
    }
    this.streams.a.room()
    this.streams.b.room()
  }

  #pumpSome(): void {
    const lane = this.#any()
    if (lane === undefined || lane.out === undefined || lane.over) return
    lane.left += this.#below(20)
    lane.pump()
  }

  /** A reader goes away; what is on its way to it is nobody's. */
  #leave(): void {
    const lane = this.#any()
    if (lane === undefined) return
    lane.over = true
    lane.waiting.length = 0
    lane.in?.close()
    lane.out?.close()
  }

  /** The same totals again: they must not count twice. */
  #repeatCredit(): void {
    this.streams.a.attached()
    this.streams.b.attached()
  }

  #cut(): void {
    this.counts.cuts++
    cutAndResume(this.pair)
  }
}
