import { BinaryCodec } from '../binary-codec.ts'
import type { Channel, Outgoing } from '../channel.ts'
import { trustedLimits } from '../limits.ts'
import { Kind, type Message } from '../message.ts'
import type { ResendWindow } from '../send-log.ts'
import { Session } from '../session.ts'
import type { Failure, PendingCall, SessionEvents } from '../session-port.ts'
import type { SessionStreams } from '../stream-port.ts'

/** One direction of a connection: messages wait here until a test delivers them. */
export class Wire implements Channel {
  readonly waiting: Uint8Array[] = []
  closedWith: number | undefined
  open = true

  get bufferedBytes(): number {
    return this.waiting.reduce((sum, bytes) => sum + bytes.length, 0)
  }

  send(message: Outgoing): void {
    if (!this.open || this.closedWith !== undefined) return
    if (typeof message === 'string') throw new Error('these sessions are binary')
    this.waiting.push(message.bytes.slice(message.start, message.end))
  }

  close(code: number): void {
    this.closedWith ??= code
  }

  terminate(): void {
    this.open = false
  }
}

/** A call's end, in one word. */
export type Outcome = { readonly how: 'succeed' | 'fail' | 'expire'; readonly what?: unknown }

/** A session with everything it says written down. */
export class SessionEnd implements SessionEvents {
  readonly session: Session
  startStreams: (() => SessionStreams) | undefined
  readonly heard: unknown[][] = []
  readonly controls: Message[] = []
  readonly violations: number[] = []
  /** Counted messages, in the order they were given to the session and taken from the other one. */
  readonly issued: string[] = []
  readonly taken: string[] = []
  /** Called for each call of the other side, after it was written down. */
  onCall: (id: number, input: unknown) => void = () => {}
  onOverflow: () => void = () => {}
  overflows = 0
  writables = 0
  readonly #codec = new BinaryCodec(trustedLimits)
  readonly #time: { now: number }

  constructor(
    options: {
      readonly window?: ResendWindow
      readonly resumable?: boolean
      readonly peerMessageBytes?: number
      readonly time?: { now: number }
    } = {},
  ) {
    this.#time = options.time ?? { now: 0 }
    this.session = new Session(this, {
      codec: {
        encode: (message, room) => {
          this.#note(message, this.issued)
          return this.#codec.encode(message, room)
        },
        encodeCall: (id, method, input, timeoutMs, key, room) => {
          this.#note({ kind: Kind.call, id, method, input }, this.issued)
          return this.#codec.encodeCall(id, method, input, timeoutMs, key, room)
        },
        encodeItem: (id, fromCallee, waited, value, room) => {
          this.#note({ kind: Kind.item, id, fromCallee, waited, value }, this.issued)
          return this.#codec.encodeItem(id, fromCallee, waited, value, room)
        },
        encodeResult: (id, output, room) => {
          this.#note({ kind: Kind.result, id, output }, this.issued)
          return this.#codec.encodeResult(id, output, room)
        },
      },
      clock: { now: () => this.#time.now },
      window: options.window ?? { bytes: 1_000_000, messages: 1_000 },
      peerMessageBytes: options.peerMessageBytes ?? 1_000_000,
      resumable: options.resumable ?? true,
    })
  }

  /** Makes a call; the outcome arrives in the returned list, which must never have more than one. */
  make(method: number, input?: unknown, timeoutMs?: number): { id: number; outcomes: Outcome[]; pending: PendingCall } {
    const outcomes: Outcome[] = []
    const pending: PendingCall = {
      succeed: (what) => outcomes.push({ how: 'succeed', what }),
      fail: (failure: Failure) => outcomes.push({ how: 'fail', what: failure.code }),
      expire: () => outcomes.push({ how: 'expire' }),
    }
    return { id: this.session.call(method, input, pending, timeoutMs, undefined), outcomes, pending }
  }

  /** Takes one message from the wire. */
  take(bytes: Uint8Array): void {
    const message = this.decoded(bytes)
    this.#note(message, this.taken)
    this.session.receive(message, bytes.length)
  }

  #note(message: Message, list: string[]): void {
    if (message.kind > Kind.state) return
    const { id, input, output, value, code } = message as unknown as Partial<Record<string, unknown>>
    list.push(JSON.stringify([message.kind, id, input ?? output ?? value ?? code]))
  }

  encoded(message: Message): Uint8Array {
    const { bytes, start, end } = this.#codec.encode(message)
    return bytes.slice(start, end)
  }

  decoded(bytes: Uint8Array): Message {
    return this.#codec.decode(bytes, 0, bytes.length)
  }

  call(id: number, method: number | string, input: unknown): void {
    this.heard.push(['call', id, method, input])
    this.onCall(id, input)
  }

  notify(method: number | string, input: unknown): void {
    this.heard.push(['notify', method, input])
  }

  cancel(id: number): void {
    this.heard.push(['cancel', id])
  }

  state(patch: boolean, value: unknown): void {
    this.heard.push(['state', patch, value])
  }

  control(message: Message): void {
    this.controls.push(message)
  }

  violation(code: number): void {
    this.violations.push(code)
  }

  writable(): void {
    this.writables++
  }

  overflow(): void {
    this.overflows++
    this.onOverflow()
  }
}

/** The kinds of messages on a wire, for tests that care what was said. */
export function kindsOn(wire: Wire, end: SessionEnd): string[] {
  const names = Object.entries(Kind)
  return wire.waiting.map((bytes) => {
    const { kind } = end.decoded(bytes)
    return names.find(([, number]) => number === kind)?.[0] ?? '?'
  })
}
