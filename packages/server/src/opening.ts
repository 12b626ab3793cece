import type { Clock, Incidents, PeerCodec } from '@wirepact/peer'
import {
  type Channel,
  type ChannelReceiver,
  type ChannelSource,
  closeCode,
  type HelloMessage,
  Kind,
  kindNames,
  type Message,
  ProtocolViolation,
  WirepactError,
} from '@wirepact/protocol'
import type { Limits } from './limits.ts'
import { Throttle } from './throttle.ts'

export interface OpeningOptions {
  readonly source: ChannelSource
  readonly codec: PeerCodec
  readonly clock: Clock
  readonly limits: Limits
  readonly incidents: Incidents
  /** Answers hello: the receiver that takes over. Rejects with what is wrong with the credentials. */
  readonly welcome: (hello: HelloMessage, signal: AbortSignal) => Promise<() => ChannelReceiver>
  /** The opening is over, one way or the other. */
  readonly done: () => void
}

/**
 * A channel between its handshake and its session: it may say hello, in time and briefly, and nothing else until it
 * has been answered. Afterwards it passes everything on to the session's receiver.
 */
export class Opening implements ChannelReceiver {
  readonly #channel: Channel
  /** What it needs until it is over; a session that stands keeps nothing of it. */
  #pending: Pending | undefined
  #phase: 'waiting' | 'welcoming' | 'refused' | 'open' = 'waiting'
  #next: ChannelReceiver | undefined
  #throttle: Throttle | undefined
  #ended: (() => void) | undefined

  constructor(options: OpeningOptions) {
    this.#channel = options.source.channel
    const { helloTimeoutMs } = options.limits
    const stopTimer = options.clock.schedule(helloTimeoutMs, () => {
      if (this.#phase === 'welcoming') this.#tooSlow(helloTimeoutMs)
      else this.#refuse(closeCode.helloTimeout, `no hello within ${helloTimeoutMs} ms`)
    })
    this.#pending = { options, stopTimer, gone: new AbortController() }
  }

  message(bytes: Uint8Array, start: number, end: number, given?: boolean): void {
    if (this.#next !== undefined) {
      if (this.#throttle?.admit(end - start) !== false) this.#next.message(bytes, start, end, given)
    } else this.#read(end - start, ({ codec }) => codec.read(bytes, start, end))
  }

  text(text: string): void {
    if (this.#next !== undefined) {
      if (this.#throttle?.admit(text.length) !== false) this.#next.text(text)
    } else this.#read(text.length, ({ codec }) => codec.readText(text))
  }

  drained(): void {
    this.#next?.drained?.()
  }

  closed(code: number, reason: string, clean: boolean): void {
    if (this.#next !== undefined && this.#next !== silent) return this.#next.closed(code, reason, clean)
    // While the session opens, a hook may have cut the very connection that it was told of.
    if (this.#phase === 'open') this.#ended = () => this.#next?.closed(code, reason, clean)
    this.#finish('refused')?.gone.abort()
  }

  /** The server closes: nobody is let in any more. */
  refuse(code: number, reason: string): void {
    this.#refuse(code, reason)
  }

  #read(size: number, read: (options: OpeningOptions) => Message): void {
    const pending = this.#pending
    if (pending === undefined) return
    const { options } = pending
    const { helloBytes } = options.limits
    if (this.#phase === 'welcoming') {
      return this.#refuse(closeCode.protocolViolation, 'a client waits for welcome before it sends more')
    }
    if (size > helloBytes) return this.#refuse(closeCode.messageTooLarge, `hello may have ${helloBytes} bytes`)
    try {
      const message = read(options)
      if (message.kind === Kind.hello) this.#welcome(message, pending)
      else this.#refuse(closeCode.protocolViolation, `the first message must be hello, not ${kindNames[message.kind]}`)
    } catch (error) {
      const violation = error instanceof ProtocolViolation
      this.#refuse(violation ? error.closeCode : closeCode.internal, violation ? error.message : 'internal error')
    }
  }

  #welcome(hello: HelloMessage, { gone, options }: Pending): void {
    // Nothing of use fits into less, and a server must not be made to find that out with every answer.
    if ((hello.limits?.messageBytes ?? smallestMessageBytes) < smallestMessageBytes) {
      return this.#refuse(closeCode.protocolViolation, `limits.messageBytes must be ${smallestMessageBytes} or more`)
    }
    this.#phase = 'welcoming'
    // Welcome is the first message, and leaves by itself.
    if (hello.batch === true) this.#channel.batch?.()
    options.welcome(hello, gone.signal).then(
      (open) => {
        if (this.#phase !== 'welcoming') return
        this.#finish('open')
        this.#throttle = this.#throttleFor(hello, options)
        this.#next = silent
        try {
          this.#next = open()
          this.#ended?.()
        } catch (error) {
          if (error instanceof TurnedAway) return this.#channel.close(error.closeCode, error.message)
          options.incidents.report('session-hook-failed', 'open', error)
          this.#channel.close(closeCode.internal, 'internal error')
        }
      },
      (error: unknown) => this.#unauthenticated(error, options),
    )
  }

  // Whether a session is resumed is known only to it; a client that merely says so gains one window of messages.
  #throttleFor({ resume }: HelloMessage, { clock, limits }: OpeningOptions): Throttle | undefined {
    if (!Throttle.limits(limits)) return undefined
    const resent = resume === undefined ? 0 : limits.resendMessages
    return new Throttle({ clock, limits, channel: this.#channel, resent })
  }

  // Only what was said in the library's own words is repeated to the client.
  #unauthenticated(error: unknown, { incidents }: OpeningOptions): void {
    if (error instanceof TurnedAway) return this.#refuse(error.closeCode, error.message)
    if (error instanceof WirepactError && error.code in speakable) {
      return this.#refuse(speakable[error.code] as number, error.message)
    }
    incidents.report('authenticate-failed', 'authenticate', error)
    this.#refuse(closeCode.unauthenticated, 'the credentials were refused')
  }

  // The client has said what it had to: it is `authenticate`, or the log, that takes its time.
  #tooSlow(limitMs: number): void {
    const error = new Error(`it took longer than ${limitMs} ms (limits.helloTimeoutMs)`)
    const pending = this.#finish('refused')
    pending?.options.incidents.report('authenticate-failed', 'authenticate', error)
    pending?.gone.abort()
    this.#channel.close(closeCode.internal, `the server did not answer within ${limitMs} ms`)
  }

  #refuse(code: number, reason: string): void {
    const pending = this.#finish('refused')
    if (pending === undefined) return
    // Refused credentials are everyday life, and that we are leaving is no fault of the client's.
    if (code !== closeCode.unauthenticated && code !== closeCode.goingAway) {
      pending.options.incidents.report('protocol-violation', `close ${code}`, new Error(reason))
    }
    this.#channel.close(code, reason)
  }

  /** What it needed until now; undefined when it was over before. */
  #finish(phase: 'refused' | 'open'): Pending | undefined {
    const pending = this.#pending
    if (pending === undefined) return undefined
    this.#pending = undefined
    this.#phase = phase
    pending.stopTimer()
    pending.options.done()
    return pending
  }
}

interface Pending {
  readonly options: OpeningOptions
  readonly stopTimer: () => void
  /** Aborted when the client is gone before it was let in. */
  readonly gone: AbortController
}

/** The client is who it says, and is not let in all the same. */
export class TurnedAway extends Error {
  readonly closeCode: number

  constructor(closeCode: number, message: string) {
    super(message)
    this.closeCode = closeCode
  }
}

/** What every client accepts (PROTOCOL.md, "Limits"). */
const smallestMessageBytes = 16_384

// With 4401 a client gives up for good; the others are worth another try.
const speakable: Readonly<Record<string, number>> = {
  __proto__: null as never,
  unauthenticated: closeCode.unauthenticated,
  'permission-denied': closeCode.unauthenticated,
  unavailable: closeCode.internal,
  'resource-exhausted': closeCode.tooMany,
}

const silent: ChannelReceiver = { message() {}, text() {}, closed() {} }
