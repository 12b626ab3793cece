import type { PeerCodec } from '@wirepact/peer'
import {
  type ChannelReceiver,
  type ChannelSource,
  closeCode,
  type HelloMessage,
  Kind,
  kindNames,
  type Message,
  type WelcomeMessage,
} from '@wirepact/protocol'

export interface OpeningOptions {
  readonly source: ChannelSource
  readonly codec: PeerCodec
  readonly hello: HelloMessage
  /** The server let us in: gives the receiver that takes over. */
  readonly welcomed: (welcome: WelcomeMessage) => ChannelReceiver
  /** The channel closed before that. */
  readonly refused: (code: number, reason: string) => void
  /** The channel is gone, whoever had it then. */
  readonly closed: () => void
}

/** The client's side of the opening: says hello, waits for welcome, and hands the channel over. */
export class Opening implements ChannelReceiver {
  readonly #options: OpeningOptions
  #next: ChannelReceiver | undefined
  #over = false

  constructor(options: OpeningOptions) {
    this.#options = options
    const { source, codec, hello } = options
    source.start(this)
    source.channel.send(codec.encode(hello))
  }

  message(bytes: Uint8Array, start: number, end: number, given?: boolean): void {
    if (this.#next !== undefined) this.#next.message(bytes, start, end, given)
    else this.#read(() => this.#options.codec.read(bytes, start, end))
  }

  text(text: string): void {
    if (this.#next !== undefined) this.#next.text(text)
    else this.#read(() => this.#options.codec.readText(text))
  }

  drained(): void {
    this.#next?.drained?.()
  }

  closed(code: number, reason: string, clean: boolean): void {
    const { closed, refused } = this.#options
    if (this.#next !== undefined) this.#next.closed(code, reason, clean)
    else if (!this.#over) {
      this.#over = true
      refused(code, reason)
    }
    closed()
  }

  #read(read: () => Message): void {
    if (this.#over) return
    try {
      const message = read()
      if (message.kind === Kind.welcome) this.#next = this.#options.welcomed(message)
      else throw new Error(`the server answered hello with ${kindNames[message.kind]}`)
    } catch (error) {
      this.#over = true
      const reason = error instanceof Error ? error.message : 'internal error'
      this.#options.source.channel.close(closeCode.protocolViolation, reason)
      this.#options.refused(closeCode.protocolViolation, reason)
    }
  }
}
