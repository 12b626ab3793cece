import { createServer } from '@wirepact/server'
import { Network, settle } from '@wirepact/testing'
import { ClientScript, type Known } from './client-script.ts'
import type { Delivery } from './delivery.ts'
import { noLetters, target } from './target.ts'
import { Wire } from './wire.ts'

/** A server of the target. */
export function serveTarget(network: Network) {
  const server = createServer(target, {
    system: network.serverSystem,
    report: () => {},
    principal: () => 'anybody',
    authenticate: ({ credentials }) => ({ credentials }),
    state: () => ({ user: 'a', total: 0, list: [1] }),
    events: { counted: { snapshot: () => 7 }, said: { filter: ({ payload }) => payload !== 'secret' } },
    handlers: {
      add: ({ input }) => input.by,
      nested: {
        echo: async ({ input }) => input.text,
        late: ({ input }) =>
          new Promise<number>((resolve) => {
            network.clock.schedule(Math.min(input.ms, 50), () => resolve(input.ms))
          }),
        fail: ({ errors }) => {
          throw errors.NO({ by: 1 })
        },
      },
      any: ({ input }) => input,
      ask: ({ connection }) => {
        connection.api.shout({ text: 'x' })
        return connection.api.confirm({ question: '?' }, { timeoutMs: 100 })
      },
      async join({ input, connection }) {
        connection.state.update({ total: connection.state.value.total + 1 })
        await connection.events.said.join(input)
        void server.events.said.publish(input, 'hello')
      },
      async *count({ input }) {
        for (let n = 0; n < Math.min(20, input.by); n++) yield n
      },
      async sum({ items }) {
        let sum = 0
        for await (const item of items) sum += item
        return sum
      },
      async *double({ items }) {
        for await (const item of items) yield 2 * item
        return 0
      },
      note: () => {
        void server.events.strict.publish(1)
      },
    },
  })
  return server
}

/** A server with an honest client, and strangers that come and go. */
export class BesiegedServer {
  readonly network = new Network()
  readonly server = serveTarget(this.network)
  readonly #victim
  /** What the stranger before left behind, for the next to try and take. */
  #left: Known | undefined

  constructor() {
    this.network.serve(this.server)
    this.#victim = this.network.connect(target, {
      report: () => {},
      handlers: { confirm: () => true, shout: () => {}, letters: noLetters },
    })
  }

  /** Whether the honest client is still served. */
  async serves(by: number): Promise<boolean> {
    return (await this.network.until(this.#victim.api.add({ by }))) === by
  }

  /** Sessions that the server still has, the honest one included, when all strangers are long gone. */
  async settled(): Promise<number> {
    await this.network.advance(200_000)
    return this.server.connections.size
  }

  async close(): Promise<void> {
    await this.network.until(this.#victim.close())
    await this.server.close()
  }

  /** One stranger, from hello to the end. */
  async visit(delivery: Delivery): Promise<void> {
    const { random, transcript } = delivery
    const wire = new Wire(transcript.encoding)
    const script = new ClientScript(random)
    this.server.accept(wire.source)
    if (random.chance(0.05)) delivery.say(wire, script.next())
    delivery.say(wire, script.hello(random.chance(0.4) ? this.#left : undefined), random.chance(0.8))
    await settle()
    script.hear(wire.heard())
    const steps = 1 + random.below(250)
    // A little longer than the server listens: what is on its way when it closes must do no harm either.
    for (let step = 0, late = 0; step < steps && late < 3; step++) {
      delivery.say(wire, script.next())
      if (wire.ended !== undefined) late++
      if (step % 16 === 15) {
        await this.#pass(random.chance(0.05) ? random.below(2_000) : 0)
        script.hear(wire.heard())
      }
      if (random.chance(0.01)) wire.bufferedBytes = wire.bufferedBytes === 0 ? 1_000_000 : 0
      if (random.chance(0.02)) wire.drain()
    }
    await settle()
    script.hear(wire.heard())
    this.#left = script.session ?? this.#left
    wire.finish()
    await settle()
  }

  async #pass(ms: number): Promise<void> {
    if (ms === 0) await settle()
    else await this.network.advance(ms)
  }
}
