import { SeededRandom } from '@wirepact/testing'
import { difference } from './differential.ts'
import { type LooseMessage, toBytes, toText } from './loose-message.ts'
import { mutateBytes, mutateText } from './mutations.ts'
import type { Wire } from './wire.ts'
import { pick } from './words.ts'

/** A session that can be played again: what the hostile side said, in order. */
export interface Transcript {
  readonly encoding: 'binary' | 'json'
  /** Bytes as hex, or texts. */
  readonly messages: string[]
}

/** Says things into a wire, some of them with something wrong in them, and notes what it said and how long that took. */
export class Delivery {
  readonly random: SeededRandom
  readonly transcript: Transcript
  /** The longest that one message took, in ms. */
  slowestMs = 0
  /** Set by what must never happen: something was thrown at the channel. */
  thrown: unknown
  readonly #mutationRate: number
  readonly #sent: Uint8Array[] = []
  /** Held back, to travel with what follows. */
  #held: Uint8Array[] = []

  constructor(seed: number, encoding: 'binary' | 'json') {
    this.random = new SeededRandom(seed)
    this.transcript = { encoding, messages: [] }
    this.#mutationRate = pick(this.random, [0, 0, 0.01, 0.05, 0.5])
  }

  /** @param spared the message itself is not changed */
  say(wire: Wire, message: LooseMessage, spared = false): void {
    const mutate = !spared && this.random.chance(this.#mutationRate)
    if (wire.encoding === 'json') {
      const text = toText(message)
      this.#deliver(wire, mutate ? mutateText(text, this.random) : text)
      return
    }
    const bytes = toBytes(message)
    if (this.#sent.length < 20) this.#sent.push(bytes)
    this.#together(wire, mutate ? mutateBytes(bytes, this.random, this.#sent) : bytes)
  }

  // Where batches are agreed on, about half of the messages travel in some.
  #together(wire: Wire, bytes: Uint8Array): void {
    const { random } = this
    if (!wire.batches && this.#held.length === 0 && !random.chance(0.001)) return this.#deliver(wire, bytes)
    this.#held.push(bytes)
    if (this.#held.length < 20 && random.chance(0.5)) return
    const members = this.#held.splice(0)
    const alone = members.length === 1 && random.chance(0.9)
    const batch = alone ? bytes : batchOf(members)
    this.#deliver(wire, random.chance(this.#mutationRate / 4) ? mutateBytes(batch, random, this.#sent) : batch)
  }

  #deliver(wire: Wire, message: Uint8Array | string): void {
    this.transcript.messages.push(typeof message === 'string' ? message : Buffer.from(message).toString('hex'))
    if (this.transcript.messages.length % compareEvery === 0) {
      const differs = difference(message)
      if (differs !== undefined) this.thrown ??= { error: new Error(differs) }
    }
    const started = performance.now()
    try {
      wire.deliver(message)
    } catch (error) {
      this.thrown ??= { error }
    }
    this.slowestMs = Math.max(this.slowestMs, performance.now() - started)
  }
}

function batchOf(members: readonly Uint8Array[]): Uint8Array {
  const lengthOf = ({ length }: Uint8Array) => {
    const bytes: number[] = []
    let rest = length
    for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
    return [...bytes, rest]
  }
  return Uint8Array.from([25, ...members.flatMap((each) => [...lengthOf(each), ...each])])
}

/** Both forms are compared for one message in so many: it costs more than all the rest. */
const compareEvery = 4
