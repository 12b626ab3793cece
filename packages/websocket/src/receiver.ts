import { type Allocate, allocateZeroed } from './allocate.ts'
import { VIOLATIONS, type Violation } from './errors.ts'
import { type Extension, LATER, type UndoDone, type Undone } from './extension.ts'
import {
  CLOSE,
  checkHead,
  FIN,
  type HeadRules,
  headRules,
  lengthBytes,
  MASKED,
  MAX_CONTROL_BYTES,
  MAX_HEAD_BYTES,
  readLength64,
  TEXT,
} from './frame.ts'
import { LateMessage } from './late-message.ts'
import type { ConnectionLimits } from './limits.ts'
import { type MaskBlock, type Masker, rotateKey, sharedMasker } from './mask.ts'
import { MessageAssembler } from './message-assembler.ts'
import { checkUtf8, UTF8_INVALID, UTF8_WHOLE } from './utf8.ts'

/** What the receiver finds. Byte ranges are borrowed for the duration of the call. */
export interface ReceiverSink {
  onMessage(bytes: Uint8Array, start: number, end: number, isText: boolean): void
  onControl(opcode: number, bytes: Uint8Array, start: number, end: number): void
  onViolation(violation: Violation): void
  /** The extension has answered late: call `resume` with it. */
  onUndone(plain: Undone): void
}

export interface ReceiverOptions {
  readonly isServer: boolean
  readonly limits: ConnectionLimits
  readonly allocate: Allocate
  readonly extension: Extension | undefined
  readonly maskBlock: MaskBlock | undefined
  readonly sink: ReceiverSink
}

const NEVER: UndoDone = () => undefined

// What reading a header can come to besides the index of the payload.
const INCOMPLETE = -1
const VIOLATED = -2

/** Stands for an assembler that holds nothing; nothing is ever put into it. */
const NOTHING_COLLECTED = new MessageAssembler(allocateZeroed)

/**
 * Bytes to messages.
 *
 * The loop walks over the chunk by index. A frame that lies whole in the chunk is unmasked in place and handed on from
 * there: nothing is allocated for it. Only what straddles the end of a chunk is copied, once: a header into 14 bytes, a
 * control payload into 125, message bytes into the assembler. All state between two bytes is in fields, so that every
 * way of cutting the stream into chunks gives the same result.
 */
export class Receiver {
  readonly #sink: ReceiverSink
  readonly #limits: ConnectionLimits
  readonly #extension: Extension | undefined
  readonly #rules: HeadRules
  readonly #allocate: Allocate
  /** Made for the first message that needs it: most idle connections never had one. */
  #assembler = NOTHING_COLLECTED
  readonly #masker: Masker
  #stopped = false

  // The header that straddles chunks.
  #head: Uint8Array | undefined
  #headLength = 0

  // The frame whose payload is being read; its opcode is 0 for continuations.
  #first = 0
  #key = 0
  #length = 0
  #inPayload = false
  #remaining = 0
  #control: Uint8Array | undefined
  #controlLength = 0

  // The message of which something has come, but not the end. 0 when there is none.
  #messageOpcode = 0
  #transformed = false
  #utf8 = UTF8_WHOLE
  #serial = 0
  /** Messages whose first frame has come. */
  #begun = 0

  // While the extension works on a message nothing more is read; what comes in is held.
  readonly #undone: UndoDone
  #late: LateMessage | undefined

  constructor(options: ReceiverOptions) {
    this.#sink = options.sink
    this.#limits = options.limits
    this.#extension = options.extension
    this.#rules = headRules(options.isServer, options.extension?.bit ?? 0)
    this.#allocate = options.allocate
    this.#masker = sharedMasker(options.maskBlock)
    const { extension, sink } = options
    this.#undone = extension === undefined ? NEVER : (plain) => sink.onUndone(plain)
  }

  /** A number that names the message begun but not finished, 0 while there is none. */
  get openMessage(): number {
    return this.#messageOpcode === 0 ? 0 : this.#serial
  }

  /** Bytes of memory held: of the open message, or of the one the extension works on and what came behind it. */
  get retainedBytes(): number {
    return this.#assembler.retainedBytes + (this.#late === undefined ? 0 : this.#late.bytes)
  }

  /** The extension works on a message; whatever comes now is only held. */
  get waiting(): boolean {
    return this.#late !== undefined
  }

  /**
   * The bytes of a message as the caller's own: the buffer it was collected in, given away, or a copy of what lay in a
   * chunk.
   */
  keep(bytes: Uint8Array, start: number, end: number): Uint8Array {
    return this.#assembler.giveAway(bytes, start, end) ?? copyOf(bytes, start, end)
  }

  /** Read nothing more; drop what was collected. */
  stop(): void {
    this.#stopped = true
    this.#messageOpcode = 0
    this.#assembler.clear()
    this.#assembler.release()
    this.#late = undefined
  }

  /** Read a chunk. It is changed in place, and not kept unless the extension takes its time. */
  receive(chunk: Uint8Array): void {
    if (this.waiting) {
      this.#late!.hold(chunk)
      return
    }
    const end = chunk.length
    let at = this.#headLength > 0 ? this.#resumeHead(chunk, end) : 0
    while (at < end && !this.#stopped) {
      if (this.#late !== undefined) {
        this.#late.hold(chunk.subarray(at))
        break
      }
      if (this.#inPayload) {
        at = this.#straddle(chunk, at, end)
        continue
      }
      const payload = this.#readHead(chunk, at, end)
      if (payload >= 0) at = this.#payload(chunk, payload, end)
      else {
        if (payload === INCOMPLETE) this.#keepHead(chunk, at, end)
        break
      }
    }
    this.#masker.release()
    if (this.#messageOpcode === 0) this.#assembler.release()
  }

  /** The extension has answered: hand the message on, then read what came meanwhile. */
  resume(plain: Undone): void {
    const late = this.#late
    if (late === undefined) return
    this.#deliver(plain, late.isText)
    // Only now, so that a chunk that comes from within the call above waits behind those held before it.
    this.#late = undefined
    for (const chunk of late.chunks) if (!this.#stopped) this.receive(chunk)
  }

  #violate(violation: Violation): typeof VIOLATED {
    this.#stopped = true
    this.#sink.onViolation(violation)
    return VIOLATED
  }

  /** Read the header at `at` into fields. Returns the index of the payload, or one of the two codes above. */
  #readHead(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 2) return INCOMPLETE
    const b0 = bytes[at]!
    const b1 = bytes[at + 1]!
    const violation = checkHead(b0, b1, this.#rules, this.#messageOpcode !== 0)
    if (violation !== undefined) return this.#violate(violation)
    const afterLength = at + 2 + lengthBytes(b1)
    const payload = b1 >= MASKED ? afterLength + 4 : afterLength
    if (afterLength > end) return INCOMPLETE
    let length: number | Violation = b1 & 0x7f
    if (length === 126) {
      length = (bytes[at + 2]! << 8) | bytes[at + 3]!
      // RFC 6455 section 5.2: "the minimal number of bytes MUST be used to encode the length".
      if (length < 126) return this.#violate(VIOLATIONS.lengthNotMinimal)
    } else if (length === 127) {
      length = readLength64(bytes, at + 2)
      if (typeof length !== 'number') return this.#violate(length)
    }
    if ((b0 & 0x0f) < CLOSE) {
      if (length > this.#limits.frameBytes) return this.#violate(VIOLATIONS.frameTooLarge)
      if (length > this.#mostBytes(b0) - this.#assembler.length) {
        return this.#violate(VIOLATIONS.messageTooLarge)
      }
    }
    // Only now: a length that is a fault is one before the masking key has come.
    if (payload > end) return INCOMPLETE
    if ((b0 & 0x0f) < CLOSE && (b0 & 0x0f) !== 0) this.#begun++
    this.#first = b0
    this.#length = length
    this.#key = payload === afterLength ? 0 : readKey(bytes, afterLength)
    return payload
  }

  /** What the message that this frame belongs to may have in all. */
  #mostBytes(first: number): number {
    const { firstMessageBytes, messageBytes } = this.#limits
    const isFirst = this.#begun < ((first & 0x0f) === 0 ? 2 : 1)
    return isFirst ? Math.min(firstMessageBytes, messageBytes) : messageBytes
  }

  #keepHead(chunk: Uint8Array, at: number, end: number): void {
    this.#head ??= new Uint8Array(MAX_HEAD_BYTES)
    for (let i = at; i < end; i++) this.#head[this.#headLength++] = chunk[i]!
  }

  /** Finish a header begun in an earlier chunk, byte by byte (14 at most), and go on with its payload. */
  #resumeHead(chunk: Uint8Array, end: number): number {
    const head = this.#head!
    let at = 0
    while (at < end) {
      head[this.#headLength++] = chunk[at++]!
      const payload = this.#readHead(head, 0, this.#headLength)
      if (payload === INCOMPLETE) continue
      this.#headLength = 0
      return payload === VIOLATED ? end : this.#payload(chunk, at, end)
    }
    return at
  }

  /** The frame's header is read; its payload begins at `at`. Returns the index to go on from. */
  #payload(chunk: Uint8Array, at: number, end: number): number {
    const opcode = this.#first & 0x0f
    const stop = at + this.#length
    if (stop > end) {
      this.#inPayload = true
      this.#remaining = this.#length
      if (opcode >= CLOSE) this.#controlLength = 0
      else if (opcode !== 0) this.#begin(opcode)
      return this.#straddle(chunk, at, end)
    }
    if (this.#key !== 0) this.#masker.mask(chunk, at, stop, this.#key)
    if (opcode >= CLOSE) {
      this.#sink.onControl(opcode, chunk, at, stop)
    } else if (opcode !== 0 && this.#first >= FIN) {
      const marked = (this.#first & this.#rules.extensionBit) !== 0
      if (marked) this.#undo(chunk, at, stop, opcode === TEXT)
      else if (opcode === TEXT) this.#text(chunk, at, stop)
      else this.#sink.onMessage(chunk, at, stop, false)
    } else {
      if (opcode !== 0) this.#begin(opcode)
      if (this.#collect(chunk, at, stop, 0) && this.#first >= FIN) this.#finish()
    }
    return stop
  }

  #begin(opcode: number): void {
    this.#messageOpcode = opcode
    this.#transformed = (this.#first & this.#rules.extensionBit) !== 0
    this.#utf8 = UTF8_WHOLE
    this.#serial++
  }

  /** Read as much of the current payload as this chunk has. */
  #straddle(chunk: Uint8Array, at: number, end: number): number {
    const size = Math.min(this.#remaining, end - at)
    const stop = at + size
    if (this.#key !== 0) {
      this.#masker.mask(chunk, at, stop, this.#key)
      this.#key = rotateKey(this.#key, size)
    }
    const isControl = (this.#first & 0x0f) >= CLOSE
    if (isControl) this.#keepControl(chunk, at, stop)
    else if (!this.#collect(chunk, at, stop, this.#remaining - size)) return end
    this.#remaining -= size
    if (this.#remaining > 0) return stop
    this.#inPayload = false
    if (isControl) this.#sink.onControl(this.#first & 0x0f, this.#control!, 0, this.#controlLength)
    else if (this.#first >= FIN) this.#finish()
    return stop
  }

  #keepControl(chunk: Uint8Array, at: number, stop: number): void {
    this.#control ??= new Uint8Array(MAX_CONTROL_BYTES)
    for (let i = at; i < stop; i++) this.#control[this.#controlLength++] = chunk[i]!
  }

  /** Add bytes to the open message, failing at the first one that cannot be text. `more`: still to come in the frame. */
  #collect(chunk: Uint8Array, at: number, stop: number, more: number): boolean {
    if (this.#messageOpcode === TEXT && !this.#transformed) {
      this.#utf8 = checkUtf8(this.#utf8, chunk, at, stop)
      if (this.#utf8 === UTF8_INVALID) {
        this.#violate(VIOLATIONS.text)
        return false
      }
    }
    if (this.#assembler === NOTHING_COLLECTED) this.#assembler = new MessageAssembler(this.#allocate)
    this.#assembler.append(chunk, at, stop, this.#assembler.length + (stop - at) + more)
    return true
  }

  #finish(): void {
    const isText = this.#messageOpcode === TEXT
    const { bytes, length } = this.#assembler
    // Forgotten before it is handed on: the consumer may do anything, this message is over.
    this.#messageOpcode = 0
    this.#assembler.clear()
    if (this.#transformed) this.#undo(bytes, 0, length, isText)
    else if (isText && this.#utf8 !== UTF8_WHOLE) this.#violate(VIOLATIONS.text)
    else this.#sink.onMessage(bytes, 0, length, isText)
  }

  #text(bytes: Uint8Array, start: number, end: number): void {
    if (checkUtf8(UTF8_WHOLE, bytes, start, end) === UTF8_WHOLE) this.#sink.onMessage(bytes, start, end, true)
    else this.#violate(VIOLATIONS.text)
  }

  #undo(bytes: Uint8Array, start: number, end: number, isText: boolean): void {
    const plain = this.#extension!.undo(bytes, start, end, this.#mostBytes(0), this.#undone)
    if (plain === LATER) this.#late = new LateMessage(isText, end - start)
    else this.#deliver(plain, isText)
  }

  #deliver(plain: Undone, isText: boolean): void {
    if (!(plain instanceof Uint8Array)) this.#violate(plain)
    else if (isText) this.#text(plain, 0, plain.length)
    else this.#sink.onMessage(plain, 0, plain.length, false)
  }
}

function readKey(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** Not `slice`: a Node.js Buffer would give a view, and keep the whole chunk. */
function copyOf(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  copy.set(bytes.subarray(start, end))
  return copy
}
