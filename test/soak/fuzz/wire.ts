import {
  Batches,
  BinaryCodec,
  type Channel,
  type ChannelReceiver,
  type ChannelSource,
  JsonCodec,
  type Message,
  type Outgoing,
  trustedLimits,
  unbatch,
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
  #batches: Batches | undefined

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

  get batches(): boolean {
    return this.#batches !== undefined
  }

  batch(): void {
    if (this.encoding === 'binary') this.#batches = new Batches((message) => this.#put(message))
  }

  send(message: Outgoing): void {
    if (this.#batches === undefined || typeof message === 'string') this.#put(message)
    else this.#batches.send(message)
  }

  #put(message: Outgoing): void {
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
    const messages: Message[] = []
    const reader: ChannelReceiver = {
      message: (bytes, start, end) => messages.push(binary.decode(bytes, start, end)),
      text: (text) => messages.push(json.decode(text)),
      closed() {},
    }
    for (const each of sent) {
      if (typeof each === 'string') reader.text(each)
      else unbatch(reader, each.bytes, 0, each.end, true)
    }
    return messages
  }

  deliver(message: Uint8Array | string): void {
    if (this.#receiver === undefined) return
    if (typeof message === 'string') this.#receiver.text(message)
    else if (this.#batches === undefined) this.#receiver.message(message, 0, message.length)
    else unbatch(this.#receiver, message, 0, message.length, false)
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
