import {
  BinaryCodec,
  type Channel,
  type ChannelReceiver,
  type ChannelSource,
  JsonCodec,
  type Message,
  type Outgoing,
  trustedLimits,
} from '@wirepact/protocol'

const binary = new BinaryCodec(trustedLimits)
const json = new JsonCodec(trustedLimits)

/** A channel whose other end says whatever it likes, at once and without a network in between. */
export class Wire implements Channel {
  readonly encoding: 'binary' | 'json'
  readonly source: ChannelSource
  bufferedBytes = 0
  /** Set once this end has closed or cut the channel. */
  ended: { readonly code: number; readonly reason: string } | undefined
  #receiver: ChannelReceiver | undefined
  #sent: Outgoing[] = []
  #told = false

  constructor(encoding: 'binary' | 'json') {
    this.encoding = encoding
    this.source = {
      channel: this,
      encoding,
      start: (receiver) => {
        this.#receiver = receiver
      },
    }
  }

  send(message: Outgoing): void {
    if (this.ended !== undefined) return
    this.#sent.push(typeof message === 'string' ? message : owned(message))
  }

  close(code: number, reason: string): void {
    this.ended ??= { code, reason }
  }

  terminate(): void {
    this.ended ??= { code: 1006, reason: '' }
    queueMicrotask(() => this.finish())
  }

  /** What this end has said since it was asked last. Throws when it is not of the protocol: that is a fault of ours. */
  heard(): Message[] {
    const sent = this.#sent
    this.#sent = []
    return sent.map((each) => (typeof each === 'string' ? json.decode(each) : binary.decode(each.bytes, 0, each.end)))
  }

  deliver(message: Uint8Array | string): void {
    if (typeof message === 'string') this.#receiver?.text(message)
    else this.#receiver?.message(message, 0, message.length)
  }

  drain(): void {
    this.bufferedBytes = 0
    this.#receiver?.drained?.()
  }

  /** The end of the channel arrives. */
  finish(code = 1006): void {
    if (this.#told) return
    this.#told = true
    this.ended ??= { code, reason: '' }
    this.#receiver?.closed(this.ended.code, this.ended.reason, this.ended.code !== 1006)
  }
}

function owned({ bytes, start, end }: Exclude<Outgoing, string>): Outgoing {
  return { bytes: bytes.slice(start, end), start: 0, end: end - start }
}
