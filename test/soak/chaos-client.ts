import type { Client } from '@wirepact/client'
import type { Network } from '@wirepact/testing'
import { type ChaosNodes, shared } from './chaos-nodes.ts'

/** How a call may end when things go wrong; everything else is a fault of ours. */
const outcomes: ReadonlySet<string> = new Set([
  'connection-lost',
  'cancelled',
  'deadline-exceeded',
  'unavailable',
  'indeterminate',
])

/** What a client of a chaos run did and saw; what it saw that was not promised goes to the nodes' `wrong`. */
export class ChaosClient {
  readonly client: Client<typeof shared>
  readonly name: string
  made = 0
  settled = 0
  /** How its calls ended, by code. */
  readonly ends: Record<string, number>
  /** The newest event it heard. */
  last = -1
  readonly #network: Network
  readonly #nodes: ChaosNodes

  constructor(network: Network, nodes: ChaosNodes, name: string, ends: Record<string, number>) {
    const { random } = network
    this.#network = network
    this.#nodes = nodes
    this.name = name
    this.ends = ends
    let tokens = 0
    this.client = network.connect(shared, {
      ...{ report: () => {}, credentials: () => `${name} ${tokens++}` },
      ...(random.chance(0.2) ? { settleWhenDetachedMs: 3_000 } : {}),
      handlers: {
        async answer({ input: { id, ms }, signal }) {
          nodes.count(`answer ${id}`)
          await nodes.wait(ms, signal)
          return id
        },
      },
    })
    this.client.events.tick.subscribe(this.#listener(`${name} tick`, (n) => (this.last = n)))
    let newest = 0
    this.client.events.room.joined({
      next(n) {
        if (n <= newest) nodes.wrong.push(`${name} room: ${n} after ${newest}`)
        newest = n
      },
    })
  }

  get closed(): boolean {
    return this.client.status.value.phase === 'closed'
  }

  /** Does one thing, whatever it is. `id` is nobody else's. */
  act(id: number): void {
    const { random, clock } = this.#network
    const { api, events } = this.client
    const ms = random.chance(0.2) ? random.below(8_000) : random.below(200)
    const controller = new AbortController()
    const { signal } = controller
    if (random.chance(0.15)) clock.schedule(random.below(2_000), () => controller.abort())
    const options = { signal, timeoutMs: random.chance(0.3) ? 100 + random.below(3_000) : 30_000 }
    const acts = [
      () => this.#watch('work', id, api.work({ id, ms }, options), true),
      () => this.#watch('work', id, api.work({ id, ms }, options), true),
      () => this.#watch('again', id, api.again({ id, ms }, options)),
      () => this.#watch('once', id, api.once({ id, ms }, { ...options, key: `key ${id}` }), true),
      () => this.#watch('ask', id, api.ask({ id, ms }, options)),
      () => this.#watch('join', 2, api.join({ room: 2 }, options)),
      () => this.#watch('note', undefined, api.note({ id, ms })),
      () => this.#watch('count', ms, this.#count(ms, options)),
      () => this.#watch('sum', ms, api.sum(undefined, { ...options, items: numbers(ms) })),
      () => {
        // Somebody who comes and goes, on a topic that is listened to anyway.
        const subscription = events.tick.subscribe(this.#listener('passing', () => {}))
        clock.schedule(random.below(500), () => subscription.unsubscribe())
      },
    ]
    acts[random.below(acts.length)]?.()
  }

  async #count(to: number, options: { signal: AbortSignal; timeoutMs: number }): Promise<number> {
    let next = 0
    for await (const n of this.client.api.count({ to }, options))
      if (n !== next++) this.#nodes.wrong.push(`count: ${n} instead of ${next - 1}`)
    return next
  }

  #watch(what: string, expected: number | undefined, answer: Promise<unknown>, once = false): void {
    const { limits, ran, wrong } = this.#nodes
    const name = `${what} ${expected}`
    this.made++
    const ended = (how: string) => {
      this.settled++
      this.ends[how] = (this.ends[how] ?? 0) + 1
    }
    answer.then(
      (value) => {
        ended('answered')
        if (value !== expected) wrong.push(`${name} answered ${value}`)
        if (once && ran.get(name) !== 1) wrong.push(`${name} answered, and ran ${ran.get(name) ?? 0} times`)
      },
      ({ code, mayHaveRun, message }) => {
        ended(code)
        const full = code === 'resource-exhausted' && limits.callsInFlight === 4
        if (!outcomes.has(code) && !full) wrong.push(`${name}: ${code} ${message}`)
        // Where the server asked back, it is the server's call that was lost.
        if (code === 'connection-lost' && mayHaveRun !== true && what !== 'ask')
          wrong.push(`${name}: lost, and yet it may not have run`)
      },
    )
  }

  /** Checks a topic's events as they come. */
  #listener(name: string, heard: (n: number) => void) {
    const { apart, wrong } = this.#nodes
    let last = -1
    let excused = false
    return {
      next(n: number) {
        if (n <= last) wrong.push(`${name}: ${n} after ${last}`)
        else if (last >= 0 && n !== last + 1 && !excused) wrong.push(`${name}: a hole from ${last} to ${n}`)
        excused = false
        last = n
        heard(n)
      },
      gap({ reason }: { reason: string }) {
        // Nothing is ever trimmed here.
        if (!apart || reason !== 'epoch') wrong.push(`${name}: a false gap, ${reason}`)
        excused = true
      },
    }
  }
}

async function* numbers(to: number): AsyncGenerator<number> {
  for (let n = 0; n < to; n++) yield n
}
