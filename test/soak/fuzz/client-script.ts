import { compile } from '@wirepact/contract'
import { Kind, type Message } from '@wirepact/protocol'
import type { SeededRandom } from '@wirepact/testing'
import type { LooseMessage } from './loose-message.ts'
import { target } from './target.ts'
import { anyCount, anyText, anyValue, pick } from './words.ts'

export interface Known {
  readonly session: string
  readonly token: Uint8Array | undefined
  received: number
}

const { methods } = compile(target)

const inputs: readonly unknown[] = [
  ...[{ by: 2 }, { by: Number.NaN }, { text: 'hi' }, { ms: 5 }, { ms: 1e9 }, { room: 'a' }, { line: 'x' }, undefined],
  ...[{ by: 'x' }, { text: '' }, [], null, { by: 1, more: true }],
]
const topics: readonly unknown[] = [
  ...[{ room: 'a' }, { room: 'b' }, { room: '*' }, { room: '>' }, { room: '__proto__' }, undefined, { room: 1 }, [], 7],
]

/** Says what a client might say now: sensible for the most part, with numbers and moments that are not. */
export class ClientScript {
  readonly #random: SeededRandom
  #nextId = 1
  #received = 0
  #session: Known | undefined
  readonly #asked: number[] = []
  /** Calls of procedures that stream, and how much credit was given in all. */
  readonly #streams: number[] = []
  #credit = 0
  /** How often it does what ends the connection: most sessions shall get somewhere. */
  readonly #slipRate: number

  constructor(random: SeededRandom) {
    this.#random = random
    this.#slipRate = pick(random, [0, 0.002, 0.01, 0.2])
  }

  /** What the server gave this client to come back with. */
  get session(): Known | undefined {
    return this.#session && { ...this.#session, received: this.#received }
  }

  /** Begins, or asks for a session of before. */
  hello(resume: Known | undefined): LooseMessage {
    const random = this.#random
    const fields: Record<string, unknown> = { fingerprint: random.chance(0.5) ? '' : anyText(random).slice(0, 200) }
    if (random.chance(0.7)) fields.resumable = true
    if (random.chance(0.5)) fields.batch = true
    if (random.chance(0.2)) fields.credentials = anyValue(random)
    if (random.chance(0.1)) fields.limits = { messageBytes: pick(random, [16_383, 16_384, 65_536, 2 ** 53 - 1]) }
    if (resume !== undefined) {
      const { session, received } = resume
      const token = random.chance(0.8) ? resume.token : new Uint8Array(32).fill(random.below(256))
      const forged = random.chance(0.3) ? anyCount(random) : received
      fields.resume = { session, token: token ?? new Uint8Array(0), received: forged }
      fields.resumable = true
      this.#nextId = 1 + random.below(200)
    }
    return { kind: 'hello', fields }
  }

  /** Learns from what the server said. */
  hear(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.kind === Kind.welcome) {
        this.#session = { session: message.session, token: message.token, received: 0 }
        if (message.resumed === undefined) this.#received = 0
      } else if (message.kind <= Kind.state) this.#received++
      if (message.kind === Kind.call) this.#asked.push(message.id)
    }
  }

  next(): LooseMessage {
    const random = this.#random
    const roll = random.below(100)
    if (roll < 35) return this.#call()
    if (roll < 45) return { kind: 'notify', fields: { method: this.#method(), input: this.#input() } }
    if (roll < 52) return { kind: 'cancel', fields: { id: this.#usedId() } }
    if (roll < 62) return this.#subscribe()
    if (roll < 67) return { kind: 'unsubscribe', fields: { id: random.below(6) } }
    if (roll < 72) return { kind: 'ack', fields: { count: this.#slips() ? anyCount(random) : this.#received } }
    if (roll < 77) return { kind: 'ping', fields: { nonce: anyCount(random) } }
    if (roll < 80) return { kind: 'pong', fields: { nonce: anyCount(random) } }
    if (roll < 84) return { kind: 'auth', fields: { credentials: anyValue(random) } }
    if (roll < 92) return this.#answer()
    if (roll < 98 && (this.#streams.length > 0 || this.#slips())) return this.#stream()
    return this.#slips() ? this.#misplaced() : this.#call()
  }

  #slips(): boolean {
    return this.#random.chance(this.#slipRate)
  }

  #call(): LooseMessage {
    const random = this.#random
    const id = this.#slips() ? anyCount(random) : this.#nextId++
    const method = this.#method()
    if (!['call', 'notify'].includes(methods[method]?.kind ?? 'call')) this.#streams.push(id)
    const fields: Record<string, unknown> = { id, method, input: this.#input() }
    if (random.chance(0.2)) fields.timeoutMs = anyCount(random)
    if (random.chance(0.1)) fields.key = anyText(random).slice(0, 100)
    return { kind: 'call', fields }
  }

  #method(): number {
    return this.#random.chance(0.95) ? this.#random.below(12) : anyCount(this.#random)
  }

  #input(): unknown {
    return this.#random.chance(0.6) ? pick(this.#random, inputs) : anyValue(this.#random)
  }

  #usedId(): number {
    return this.#slips() ? anyCount(this.#random) : this.#random.below(this.#nextId)
  }

  #subscribe(): LooseMessage {
    const random = this.#random
    const event = random.chance(0.9) ? random.below(4) : anyText(random).slice(0, 200)
    const topic = random.chance(0.8) ? pick(random, topics) : anyValue(random)
    const fields: Record<string, unknown> = { id: random.below(6), event, topic }
    if (random.chance(0.3)) fields.position = { epoch: anyText(random).slice(0, 200), offset: anyCount(random) }
    if (random.chance(0.2)) fields.policy = pick(random, ['catchup', 'latest', 'drop', 'close', 'constructor', ''])
    return { kind: 'subscribe', fields }
  }

  #answer(): LooseMessage {
    const random = this.#random
    if (this.#asked.length === 0 && !this.#slips()) return { kind: 'ping', fields: { nonce: 1 } }
    const id = this.#asked.shift() ?? anyCount(random)
    if (random.chance(0.7)) return { kind: 'result', fields: { id, output: random.chance(0.7) || anyValue(random) } }
    const code = pick(random, ['internal', 'NO', 'constructor', 'cancelled', 'connection-lost'])
    const fields = { id, code, message: anyText(random), data: anyValue(random), declared: random.chance(0.5) }
    return { kind: 'error', fields }
  }

  #stream(): LooseMessage {
    const random = this.#random
    const id = this.#streams.length > 0 && !this.#slips() ? pick(random, this.#streams) : this.#usedId()
    const kind = pick(random, ['item', 'item', 'item', 'end', 'credit'] as const)
    if (kind === 'credit') {
      this.#credit += random.below(100_000)
      const bytes = this.#slips() ? anyCount(random) : this.#credit
      return { kind, fields: { id, bytes, items: bytes } }
    }
    const value = random.chance(0.7) ? random.below(9) : anyValue(random)
    return { kind, fields: { id, fromCallee: this.#slips(), ...(kind === 'item' ? { value } : {}) } }
  }

  // What only a server says, or a client only once.
  #misplaced(): LooseMessage {
    const random = this.#random
    const table = { methods: [[anyText(random).slice(0, 200), 'h', anyCount(random)]], clientMethods: [], events: [] }
    return pick<LooseMessage>(random, [
      { kind: 'contract', fields: { contract: table } },
      { kind: 'contract', fields: { contract: table } },
      { kind: 'state', fields: { patch: random.chance(0.5), value: anyValue(random) } },
      { kind: 'welcome', fields: { session: 'x', heartbeatMs: 1, limits: {}, fingerprint: '' } },
      { kind: 'goaway', fields: { reason: '', delayMs: 0, deadlineMs: 0 } },
      { kind: 'event', fields: { alias: 0, offset: 1, payload: anyValue(random) } },
      this.hello(undefined),
    ])
  }
}
