import type { Buffer } from 'node:buffer'
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { Connection } from '../connection.ts'
import type { ConnectionEvents } from '../connection-events.ts'
import { awakeLoop, type Talker } from './awake-loop.ts'
import { flushQueue } from './flush-queue.ts'
import { destroyWhenSent, handOver, isStuck, type Written, WrittenMark } from './hand-over.ts'
import { allocate, maskLongs, NODE_UTF8, processMasks } from './platform.ts'
import type { PumpOptions } from './pump-options.ts'

// From here on output is written at once instead of at the end of the turn, so that the other side works on the first of it
// while we make the rest. packages/docs/decisions/0019-when-output-leaves.md has the figures.
const FLUSH_FROM_BYTES = 16 * 1024
/** The same for small messages, where they answer somebody who waits. */
const FLUSH_FROM_MESSAGES = 32

/** Leads from a stream back to its pump, so that all streams share the same listeners: five closures less for each. */
const PUMP = Symbol('pump')
type PumpedStream = Duplex & { [PUMP]: Pump }

/**
 * Moves bytes between a Node.js stream and a connection, keeps its one timer, and obeys what it wishes for its
 * transport.
 */
export class Pump implements ConnectionEvents {
  readonly connection: Connection
  readonly #stream: PumpedStream
  readonly #gone: ((stream: Duplex) => void) | undefined
  /** Where low latency is wished for. */
  readonly #talker: Talker | undefined
  #consumer: ConnectionEvents | undefined
  #dirty = false
  /** Messages since the last flush. */
  #queued = 0
  #reading = false
  #paused = false
  /** The stream's end, when it came while a large message was being inflated: the message comes first. */
  #afterwards: (() => void) | undefined
  #ended = false
  #timer: NodeJS.Timeout | undefined
  /** When the timer rings. Not Infinity: a field that holds it costs 16 bytes more. */
  #timerAt: number | undefined
  #mark: WrittenMark | undefined
  #drains = 0
  #over: (() => void) | undefined
  #closed: [code: number, reason: string, clean: boolean] | undefined

  constructor(stream: Duplex, options: PumpOptions) {
    this.#stream = Object.assign(stream, { [PUMP]: this })
    this.#gone = options.gone
    const { lowLatencyMs = 0 } = options
    if (lowLatencyMs !== 0) this.#talker = awakeLoop.join(lowLatencyMs)
    this.connection = new Connection({
      role: options.role,
      events: this,
      now,
      masks: options.role === 'client' ? processMasks() : undefined,
      limits: options.limits,
      liveness: options.liveness,
      budget: options.budget,
      extension: options.extension,
      allocate,
      utf8: NODE_UTF8,
      maskBlock: maskLongs,
    })
    if (stream instanceof Socket) {
      // An HTTP server's idle timeout is not ours, and Nagle's algorithm would hold a reply back for an ACK.
      stream.setTimeout(0)
      stream.setNoDelay(true)
    }
    // Without a listener an error on the stream would end the process.
    stream.on('error', onError)
    stream.on('close', onClose)
    stream.on('drain', onDrain)
    // Nothing is read before `start`, so nothing can be heard.
    this.connection.noteReading(false)
    // It may have ended between the handshake and now.
    if (stream.destroyed) this.connection.transportEnded()
  }

  get remoteAddress(): string | undefined {
    return this.#stream instanceof Socket ? this.#stream.remoteAddress : undefined
  }

  /** Bytes queued here and in the stream. */
  get bufferedBytes(): number {
    return this.connection.pendingBytes + this.connection.heldBytes + this.#stream.writableLength
  }

  /** Tell this consumer, from now on. */
  listen(consumer: ConnectionEvents): void {
    this.#consumer = consumer
    const closed = this.#closed
    if (closed !== undefined) process.nextTick(() => consumer.closed(...closed))
  }

  close(code: number | undefined, reason: string): void {
    this.connection.close(code, reason)
    // A connection that is closed before it was started still has to see the peer's close frame.
    this.read()
    this.touch()
  }

  pause(): void {
    // While the connection is ending the rest has to be read, or TCP answers with a reset that can eat our close frame.
    if (this.connection.transport !== 'keep') return
    this.#paused = true
    this.#keepReading()
  }

  resume(): void {
    this.#paused = false
    this.#keepReading()
    this.#keepTime()
  }

  /** Read unless the consumer has paused, or a large message is being inflated. Silence counts only while we listen. */
  #keepReading(): void {
    // Before `start` there is nobody to read for, and a stream that flows would lose what it has.
    if (!this.#reading) return
    const reads = !this.#paused && this.connection.wantsInput
    if (reads) this.#stream.resume()
    else this.#stream.pause()
    this.connection.noteReading(reads)
  }

  /**
   * Something was queued: write it at the end of this turn, or now if it is much.
   * @returns true when `drain` has been told in between
   */
  touch(): boolean {
    this.#queued++
    if (this.connection.pendingBytes >= FLUSH_FROM_BYTES || this.#isEnough()) {
      const before = this.#drains
      this.flush()
      return this.#drains !== before
    }
    if (!this.#dirty) {
      this.#dirty = true
      flushQueue.add(this)
    }
    return false
  }

  #isEnough(): boolean {
    return this.#queued >= FLUSH_FROM_MESSAGES && flushQueue.converses(this)
  }

  flush(): void {
    this.#dirty = false
    this.#queued = 0
    const stream = this.#stream
    if (!stream.writable || isStuck(stream)) {
      // The rest stays in the connection, where it is still coalesced, counted, and answered with the latest pong only.
      if (this.connection.state !== 'open') this.connection.noteBacklog(stream.writableLength)
      this.#settle()
      return
    }
    handOver(this.connection, stream)
    const asks = this.connection.noteBacklog(stream.writableLength) && !isStuck(stream)
    if (asks) this.#mark ??= new WrittenMark(stream, this)
    this.#mark?.ask(asks)
    this.#settle()
  }

  /** Calls back when everything sent so far has been written, or failed. */
  whenWritten(callback: Written): void {
    this.#mark ??= new WrittenMark(this.#stream, this)
    this.#mark.add(callback)
    this.touch()
  }

  /** Resolves when `closed` was called. */
  over(): Promise<void> {
    if (this.#closed !== undefined) return Promise.resolve()
    return new Promise((resolve) => {
      this.#over = resolve
    })
  }

  /** The stream is gone. */
  streamClosed(): void {
    if (this.connection.wantsInput) this.destroy('')
    else this.#afterwards = () => this.destroy('')
    this.#gone?.(this.#stream)
  }

  /** The stream is gone, or shall be. */
  destroy(reason: string): void {
    this.connection.transportEnded(reason)
    this.#settle()
  }

  /** A chunk came. */
  receive(chunk: Buffer): void {
    flushQueue.heard(this)
    this.#talker?.heard()
    // What is answered at once leaves when the chunk has been read: no tick has to be asked for.
    const isQueued = this.#dirty
    this.#dirty = true
    try {
      // A plain view: a consumer that copies with `slice` gets a copy, which a Buffer would not give it.
      this.connection.receive(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length))
    } finally {
      // Pongs and close frames are queued without a call of ours; a handler that throws ends the connection.
      this.#dirty = isQueued
      if (this.connection.pendingBytes > 0) this.flush()
      else this.#settle()
      if (!this.connection.wantsInput) this.#keepReading()
    }
  }

  /** A large message was compressed, or inflated and handed on. */
  output(): void {
    this.touch()
    if (!this.connection.wantsInput) return
    this.#keepReading()
    const afterwards = this.#afterwards
    this.#afterwards = undefined
    afterwards?.()
  }

  /**
   * The peer will send nothing more, but may still read: what is queued (our answer to its close frame, most of all) goes
   * out before the stream is destroyed.
   */
  peerEnded(): void {
    if (!this.connection.wantsInput) {
      this.#afterwards = () => this.peerEnded()
      return
    }
    this.flush()
    const stream = this.#stream
    if (!this.#ended) {
      this.#ended = true
      stream.end()
    }
    if (!stream.writableFinished) destroyWhenSent(stream)
    this.connection.transportEnded()
  }

  message(bytes: Uint8Array, start: number, end: number, isText: boolean): void {
    this.#consumer?.message(bytes, start, end, isText)
  }

  ping(bytes: Uint8Array, start: number, end: number): void {
    this.#consumer?.ping?.(bytes, start, end)
  }

  pong(bytes: Uint8Array, start: number, end: number): void {
    this.#consumer?.pong?.(bytes, start, end)
  }

  drain(): void {
    this.#drains++
    this.#consumer?.drain?.()
  }

  closing(code: number, reason: string): void {
    this.#consumer?.closing?.(code, reason)
  }

  failed(code: number, reason: string): void {
    // It may come while another connection is being served.
    this.touch()
    this.#consumer?.failed?.(code, reason)
  }

  closed(code: number, reason: string, clean: boolean): void {
    this.#closed = [code, reason, clean]
    this.#talker?.leave()
    flushQueue.forget(this)
    clearTimeout(this.#timer)
    this.#settle()
    this.#consumer?.closed(code, reason, clean)
    this.#over?.()
    this.#mark?.fail()
  }

  /** Read, from now on. What the stream holds already (the bytes that came with the handshake) comes first. */
  read(): void {
    if (this.#reading || this.#closed !== undefined) return
    this.#reading = true
    this.#stream.on('data', onData)
    this.#stream.on('end', onEnd)
    // A stream that was paused by whoever did the handshake does not start to flow for a listener alone.
    this.#keepReading()
    this.#keepTime()
  }

  /** Do what the connection wishes for its transport, and keep its timer. */
  #settle(): void {
    const { connection } = this
    const wish = connection.transport
    if (wish === 'destroy') {
      if (!this.#ended || this.#stream.writableFinished) this.#stream.destroy()
    } else if (wish === 'end' && connection.pendingBytes === 0 && !this.#ended) {
      this.#ended = true
      // There is no 'drain' after an end: what is left has gone when this is called.
      this.#stream.end(() => this.flush())
    }
    if (connection.state === 'ending' && this.#stream.isPaused()) this.#stream.resume()
    this.#keepTime()
  }

  /**
   * Messages that come in pieces move the deadline with every chunk. The timer is only ever moved forward; one that fires
   * before its deadline looks again.
   */
  #keepTime(): void {
    const deadline = this.connection.nextDeadline()
    if (deadline >= (this.#timerAt ?? Number.POSITIVE_INFINITY)) return
    clearTimeout(this.#timer)
    this.#timerAt = deadline
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(0, deadline - now()))
  }

  #onTimer(): void {
    this.#timer = undefined
    this.#timerAt = undefined
    // Timers may fire up to a millisecond early; without this the deadline would be met in a busy loop.
    this.connection.onTimer(now() + 1)
    this.flush()
  }
}

function now(): number {
  return performance.now()
}

function onData(this: PumpedStream, chunk: Buffer): void {
  this[PUMP].receive(chunk)
}

function onEnd(this: PumpedStream): void {
  this[PUMP].peerEnded()
}

function onDrain(this: PumpedStream): void {
  this[PUMP].flush()
}

function onClose(this: PumpedStream): void {
  this[PUMP].streamClosed()
}

function onError(this: PumpedStream, error: Error): void {
  this[PUMP].destroy(error.message)
}
