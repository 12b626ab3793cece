import { Kind, type Message } from '@wirepact/protocol'
import type { SeededRandom } from '@wirepact/testing'
import type { LooseMessage } from './loose-message.ts'
import { anyCount, anyText, anyValue, pick } from './words.ts'

/** Says what a server might say now to a client of the target: sensible for the most part. */
export class ServerScript {
  readonly #random: SeededRandom
  readonly #calls: number[] = []
  readonly #subscriptions: number[] = []
  #nextId = 1
  #received = 0
  #offset = 1
  /** How often it does what ends the connection: most sessions shall get somewhere. */
  readonly #slipRate: number

  constructor(random: SeededRandom) {
    this.#random = random
    this.#slipRate = pick(random, [0, 0.002, 0.01, 0.2])
  }

  #slips(): boolean {
    return this.#random.chance(this.#slipRate)
  }

  hear(messages: readonly Message[]): void {
    for (const message of messages) {
      if (message.kind === Kind.call) this.#calls.push(message.id)
      if (message.kind === Kind.subscribe) this.#subscriptions.push(message.id)
      if (message.kind <= Kind.state) this.#received++
    }
  }

  welcome(fingerprint: string, session: string): LooseMessage {
    const random = this.#random
    const fields: Record<string, unknown> = {
      session,
      heartbeatMs: pick(random, [25_000, 25_000, 0, 2 ** 53 - 1]),
      limits: {
        messageBytes: 1_048_576,
        callsInFlight: pick(random, [256, 1, 0, 2 ** 53 - 1]),
        keyMs: anyCount(random),
      },
      fingerprint: random.chance(0.7) ? fingerprint : 'other',
    }
    if (random.chance(0.7)) fields.token = new Uint8Array(32).fill(random.below(256))
    if (random.chance(0.2)) fields.resumed = { received: random.chance(0.6) ? this.#received : anyCount(random) }
    if (random.chance(0.6)) fields.batch = true
    if (random.chance(0.3)) fields.contract = this.#table()
    if (random.chance(0.2)) fields.keys = anyText(random).slice(0, 200)
    return { kind: 'welcome', fields }
  }

  next(): LooseMessage {
    const random = this.#random
    const roll = random.below(100)
    if (roll < 20) return this.#answer()
    if (roll < 35) return this.#state()
    if (roll < 45) return this.#subscribed()
    if (roll < 62) return this.#event()
    if (roll < 67) return this.#gap()
    if (roll < 72) return { kind: 'unsubscribed', fields: this.#unsubscribed() }
    if (roll < 80) return this.#call()
    if (roll < 83) return { kind: 'ack', fields: { count: this.#slips() ? anyCount(random) : this.#received } }
    if (roll < 88) return { kind: 'ping', fields: { nonce: anyCount(random) } }
    if (roll < 91)
      return { kind: 'auth', fields: { required: random.chance(0.5), graceMs: anyCount(random), ok: true } }
    if (roll < 93) return { kind: 'goaway', fields: { reason: anyText(random), delayMs: 60_000, deadlineMs: 90_000 } }
    if (roll < 97 && this.#slips()) return this.#stream()
    return this.#slips() ? this.welcome('', 'again') : this.#event()
  }

  #table(): unknown {
    const random = this.#random
    const entry = () => [pick(random, ['add', 'any', 'nested.echo', anyText(random).slice(0, 200)]), 'h']
    const entries = () => Array.from({ length: random.below(5) }, entry)
    return { methods: entries(), clientMethods: entries(), events: entries(), state: 'h' }
  }

  #answer(): LooseMessage {
    const random = this.#random
    if (this.#calls.length === 0 && !this.#slips()) return this.#event()
    const id = this.#calls.shift() ?? anyCount(random)
    if (random.chance(0.6)) return { kind: 'result', fields: { id, output: anyValue(random) } }
    const code = pick(random, ['internal', 'NO', 'invalid-input', 'constructor', anyText(random).slice(0, 200)])
    const data = random.chance(0.5) ? { issues: anyValue(random) } : anyValue(random)
    return { kind: 'error', fields: { id, code, message: anyText(random), data, declared: random.chance(0.3) } }
  }

  #state(): LooseMessage {
    const random = this.#random
    if (random.chance(0.4)) return { kind: 'state', fields: { value: { user: 'a', total: 1, list: [1] } } }
    if (random.chance(0.2)) return { kind: 'state', fields: { value: anyValue(random) } }
    const path = pick(random, [
      ['total'],
      ['list'],
      ['user'],
      ['list', '0'],
      [],
      ['toString'],
      ['no', 'such'],
      ['a', 'b'],
    ])
    const change = random.chance(0.8) ? [path, anyValue(random)] : [path]
    return { kind: 'state', fields: { patch: true, value: random.chance(0.9) ? [change] : anyValue(random) } }
  }

  #subscribed(): LooseMessage {
    const random = this.#random
    const fields: Record<string, unknown> = {
      alias: random.below(5),
      epoch: pick(random, ['e', 'f']),
      offset: this.#near(),
    }
    if (random.chance(0.8)) fields.id = pick(random, [...this.#subscriptions, random.below(5)])
    else Object.assign(fields, { event: random.below(4), topic: random.chance(0.6) ? { room: 'a' } : anyValue(random) })
    return { kind: 'subscribed', fields }
  }

  #near(): number {
    const random = this.#random
    if (random.chance(0.1)) return anyCount(random)
    return random.chance(0.7) ? this.#offset++ : Math.max(0, this.#offset - random.below(10))
  }

  #event(): LooseMessage {
    const random = this.#random
    const fields: Record<string, unknown> = { alias: random.below(5), offset: this.#near() }
    if (random.chance(0.2)) return { kind: 'snapshot', fields: { ...fields, value: anyValue(random) } }
    if (random.chance(0.1)) return { kind: 'event', fields: { ...fields, advance: true } }
    return { kind: 'event', fields: { ...fields, payload: random.chance(0.6) ? 7 : anyValue(random) } }
  }

  #gap(): LooseMessage {
    const random = this.#random
    const reason = pick(random, ['epoch', 'trimmed', 'ahead', 'slow', 'denied', 'constructor', ''])
    const fields = {
      alias: random.below(5),
      reason,
      epoch: pick(random, ['e', 'f']),
      from: this.#near(),
      to: this.#near(),
    }
    return { kind: 'gap', fields: random.chance(0.3) ? { ...fields, dropped: anyCount(random) } : fields }
  }

  #unsubscribed(): Record<string, unknown> {
    const random = this.#random
    const which = random.chance(0.7) ? { id: random.below(5) } : { alias: random.below(5) }
    return {
      ...which,
      code: pick(random, ['permission-denied', 'internal', 'x', 'constructor']),
      message: anyText(random),
    }
  }

  #call(): LooseMessage {
    const random = this.#random
    const input = random.chance(0.6) ? { question: 'well?' } : anyValue(random)
    if (random.chance(0.3)) return { kind: 'notify', fields: { method: random.below(3), input } }
    const id = this.#slips() ? anyCount(random) : this.#nextId++
    if (random.chance(0.2)) return { kind: 'cancel', fields: { id: random.below(this.#nextId) } }
    return { kind: 'call', fields: { id, method: random.below(3), input } }
  }

  #stream(): LooseMessage {
    const random = this.#random
    const id = random.chance(0.8) ? random.below(20) : anyCount(random)
    if (random.chance(0.3)) return { kind: 'credit', fields: { id, bytes: anyCount(random), items: anyCount(random) } }
    const kind = random.chance(0.7) ? 'item' : 'end'
    return { kind, fields: { id, fromCallee: random.chance(0.7), value: anyValue(random) } }
  }
}
