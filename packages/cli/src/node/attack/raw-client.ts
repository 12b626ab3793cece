import {
  BinaryCodec,
  type ChannelReceiver,
  type HelloMessage,
  JsonCodec,
  Kind,
  type Message,
  trustedLimits,
  unbatch,
  type WelcomeMessage,
} from '@wirepact/protocol'
import { decodeText, type NodeWebSocket } from '@wirepact/websocket/node'

/** How a connection ended. */
export interface Ending {
  readonly code: number
  readonly reason: string
  /** After so many ms. */
  readonly afterMs: number
}

const binary = new BinaryCodec(trustedLimits)
const json = new JsonCodec(trustedLimits)

/** A client that says exactly what it is told to, right or wrong, and remembers what it hears. */
export class RawClient {
  readonly socket: NodeWebSocket
  readonly heard: Message[] = []
  /** Set when the connection has ended. */
  ending: Ending | undefined
  readonly #ear: ChannelReceiver = {
    message: (bytes, start, end) => this.heard.push(binary.decode(bytes, start, end)),
    text() {},
    closed() {},
  }
  #listeners = new Set<() => void>()
  #nextId = 1
  readonly #opened = performance.now()

  constructor(socket: NodeWebSocket) {
    this.socket = socket
    socket.start({
      message: (bytes, start, end, isText) => {
        if (isText) this.heard.push(json.decode(decodeText(bytes, start, end)))
        else unbatch(this.#ear, bytes, start, end, false)
        this.#tell()
      },
      closed: (code, reason) => {
        this.ending = { code, reason, afterMs: Math.round(performance.now() - this.#opened) }
        this.#tell()
      },
    })
  }

  get isText(): boolean {
    return this.socket.protocol === 'wirepact.1+json'
  }

  /** Says hello and waits for the answer. @throws Error that says how the connection ended instead */
  async hello(fields: Partial<HelloMessage> = {}): Promise<WelcomeMessage> {
    const resumable = fields.resumable === true ? { resumable: true } : {}
    this.say({ kind: Kind.hello, fingerprint: '', ...fields, ...resumable } as HelloMessage)
    const welcome = await this.until((message) => message.kind === Kind.welcome)
    if (welcome?.kind === Kind.welcome) return welcome
    throw new Error(`the server did not let us in: ${describeEnding(this.ending)}`)
  }

  say(message: Message): void {
    if (this.isText) this.socket.sendText(json.encode(message))
    else {
      const { bytes, start, end } = binary.encode(message)
      this.socket.sendBinary(bytes.slice(start, end))
    }
  }

  /** Bytes as they are. */
  sayBytes(bytes: Uint8Array): void {
    this.socket.sendBinary(bytes)
  }

  sayText(text: string): void {
    this.socket.sendText(text)
  }

  /** Calls a procedure that is not there, which runs nothing, and waits for the answer. Returns how long that took. */
  async probe(withinMs = 5_000): Promise<number | undefined> {
    const id = this.#nextId++
    const started = performance.now()
    this.say({ kind: Kind.call, id, method: this.isText ? 'no.such.method' : 0xffff_ffff })
    const answer = await this.until((message) => message.kind === Kind.error && message.id === id, withinMs)
    return answer === undefined ? undefined : performance.now() - started
  }

  /** The first message, from now or before, that fits; undefined when the connection ended or the time was over. */
  until(fits: (message: Message) => boolean, withinMs = 5_000): Promise<Message | undefined> {
    return new Promise((resolve) => {
      let looked = 0
      const settle = (message: Message | undefined) => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        resolve(message)
      }
      const look = () => {
        for (; looked < this.heard.length; looked++) {
          const message = this.heard[looked] as Message
          if (fits(message)) return settle(message)
        }
        if (this.ending !== undefined) settle(undefined)
      }
      const timer = setTimeout(() => settle(undefined), withinMs)
      this.#listeners.add(look)
      look()
    })
  }

  /** How the connection ended; undefined when it still stands after so long. */
  async ended(withinMs = 5_000): Promise<Ending | undefined> {
    await this.until(() => false, withinMs)
    return this.ending
  }

  leave(): void {
    this.socket.terminate()
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener()
  }
}

/** An ending in words. */
export function describeEnding(ending: Ending | undefined): string {
  if (ending === undefined) return 'the connection stands'
  return `closed with ${ending.code}${ending.reason === '' ? '' : ` (${ending.reason})`}`
}
