import { type Applied, type Extension, LATER } from './extension.ts'
import { BINARY, CLOSE, FIN, TEXT } from './frame.ts'

/** Writes what leaves the queue. */
export interface FrameWriter {
  frame(b0: number, bytes: Uint8Array, start: number, end: number, given: boolean): void
  prepared(frames: Uint8Array): void
}

/** Something that has to leave in its turn. */
interface Turn {
  /** The first byte of the frame, 0 for bytes that are already frames. */
  readonly b0: number
  readonly bytes: Uint8Array
  readonly transform: boolean
}

/**
 * Outgoing messages of a connection with an extension, in order.
 *
 * Theory of operation: as long as the extension answers at once, a message is written at once and nothing is queued.
 * When it answers later, that message is the queue's head, and everything that must not overtake it (messages, and the
 * close frame) waits behind it in copies of its own. Pings and pongs do not come here: RFC 6455 section 5.4 lets them
 * stand between, and liveness should not wait for a compressor.
 */
export class ApplyQueue {
  readonly #extension: Extension
  readonly #writer: FrameWriter
  readonly #progress: () => void
  #turns: Turn[] = []
  /** The message that the extension works on. */
  #head: Turn | undefined
  #heldBytes = 0
  #closed = false

  /** @param progress called when something was written that no call of the owner led to */
  constructor(extension: Extension, writer: FrameWriter, progress: () => void) {
    this.#extension = extension
    this.#writer = writer
    this.#progress = progress
  }

  /** Something waits for the extension; what comes now has to wait behind it. */
  get busy(): boolean {
    return this.#head !== undefined
  }

  /** Would a message of at most this many bytes be written at once and as it is? */
  passes(bytes: number): boolean {
    return !this.busy && bytes < this.#extension.fromBytes
  }

  /** Bytes of messages that wait, before they are transformed. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  message(bytes: Uint8Array, start: number, end: number, isText: boolean, given: boolean): void {
    const b0 = FIN | (isText ? TEXT : BINARY)
    if (this.busy) {
      this.#hold({ b0, bytes: kept(bytes, start, end, given), transform: true })
      return
    }
    // What is worked on later has to stay as it is, and the caller may write over a range that was only lent.
    if (end - start >= this.#extension.laterFromBytes) this.#start(b0, kept(bytes, start, end, given))
    else this.#finish(b0, bytes, start, end, given, this.#extension.apply(bytes, start, end, isText, this.#done))
  }

  /** A frame that is not transformed but must not overtake: the close frame, or with `b0` 0 prepared frames. */
  inTurn(b0: number, bytes: Uint8Array): void {
    if (this.busy) this.#hold({ b0, bytes, transform: false })
    else this.#writePlain(b0, bytes)
  }

  /** Write nothing of what waits but a close frame, which is always the last: the connection failed, or is over. */
  drop(): void {
    const last = this.#turns.at(-1)
    this.#turns = []
    this.#head = undefined
    this.#heldBytes = 0
    if (last?.b0 === (FIN | CLOSE)) this.#writePlain(last.b0, last.bytes)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.drop()
    this.#extension.close()
  }

  readonly #done = (payload: Applied): void => {
    const head = this.#head
    // Dropped meanwhile.
    if (head === undefined) return
    this.#head = undefined
    this.#heldBytes -= head.bytes.length
    this.#write(head.b0, head.bytes, payload, true)
    this.#proceed()
    this.#progress()
  }

  #proceed(): void {
    const turns = this.#turns
    this.#turns = []
    for (const [i, turn] of turns.entries()) {
      this.#heldBytes -= turn.bytes.length
      if (turn.transform) this.#start(turn.b0, turn.bytes)
      else this.#writePlain(turn.b0, turn.bytes)
      if (this.busy) {
        this.#turns = turns.slice(i + 1)
        return
      }
    }
  }

  /** `bytes` will not change. */
  #start(b0: number, bytes: Uint8Array): void {
    const isText = b0 === (FIN | TEXT)
    this.#finish(b0, bytes, 0, bytes.length, true, this.#extension.apply(bytes, 0, bytes.length, isText, this.#done))
  }

  #finish(
    b0: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    given: boolean,
    applied: Applied | typeof LATER,
  ): void {
    if (applied === LATER) {
      this.#head = { b0, bytes, transform: true }
      this.#heldBytes += bytes.length
    } else if (applied === undefined) this.#writer.frame(b0, bytes, start, end, given)
    else this.#write(b0, bytes, applied, false)
  }

  #write(b0: number, bytes: Uint8Array, payload: Applied, given: boolean): void {
    if (payload === undefined) this.#writer.frame(b0, bytes, 0, bytes.length, true)
    else this.#writer.frame(b0 | this.#extension.bit, payload, 0, payload.length, given)
  }

  #writePlain(b0: number, bytes: Uint8Array): void {
    if (b0 === 0) this.#writer.prepared(bytes)
    else this.#writer.frame(b0, bytes, 0, bytes.length, false)
  }

  #hold(turn: Turn): void {
    this.#turns.push(turn)
    this.#heldBytes += turn.bytes.length
  }
}

function kept(bytes: Uint8Array, start: number, end: number, given: boolean): Uint8Array {
  if (given) return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
  // Not `slice`: on a Node.js Buffer that would be a view of what the caller may change.
  const copy = new Uint8Array(end - start)
  copy.set(bytes.subarray(start, end))
  return copy
}
