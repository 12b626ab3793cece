import { createClient } from '@wirepact/client'
import { compile } from '@wirepact/contract'
import { answerWithHandlers } from '@wirepact/peer/answering'
import { settle, VirtualClock } from '@wirepact/testing'
import type { Delivery } from './delivery.ts'
import { ServerScript } from './server-script.ts'
import { noLetters, target } from './target.ts'
import { Wire } from './wire.ts'

/** Clients that fall into the hands of strangers who call themselves servers. */
export class DeceivedClients {
  readonly clock = new VirtualClock()
  readonly #fingerprint = compile(target).fingerprint
  /** Promises that a client has left unsettled after it was closed. */
  unsettled = 0

  /** One client, from its hello to its end, over a few connections. */
  async visit(delivery: Delivery): Promise<void> {
    const { random } = delivery
    let wire: Wire | undefined
    const client = createClient(
      target,
      async () => {
        wire = new Wire('binary')
        return wire.source
      },
      {
        system: { clock: this.clock, random: () => random.next() },
        report: () => {},
        handlers: { confirm: () => true, shout: () => {}, letters: noLetters },
      },
      { answering: answerWithHandlers, batches: true },
    )
    for (let connections = 1 + random.below(3); connections > 0; connections--) {
      await settle()
      if (wire === undefined) break
      const current: Wire = wire
      wire = undefined
      const script = new ServerScript(random)
      script.hear(current.heard())
      delivery.say(current, script.welcome(this.#fingerprint, 's'), random.chance(0.9))
      await settle()
      this.#use(client)
      await this.#converse(delivery, current, script)
      current.finish()
      await this.clock.advance(30_000)
    }
    wire?.finish()
    const closed = client.close()
    wire?.finish()
    await settle()
    await closed
    await settle()
  }

  async #converse(delivery: Delivery, wire: Wire, script: ServerScript): Promise<void> {
    const { random } = delivery
    const steps = 1 + random.below(150)
    for (let step = 0, late = 0; step < steps && late < 3; step++) {
      if (step % 16 === 0) {
        await settle()
        script.hear(wire.heard())
      }
      delivery.say(wire, script.next())
      if (wire.ended !== undefined) late++
      if (random.chance(0.01)) await this.clock.advance(random.below(40_000))
    }
    await settle()
    wire.heard()
  }

  #use(client: ReturnType<typeof createClient<typeof target>>): void {
    const watch = (promise: Promise<unknown>) => {
      this.unsettled++
      const settled = () => void this.unsettled--
      promise.then(settled, settled)
    }
    for (let index = 0; index < 4; index++) watch(client.api.add({ by: index }))
    watch(client.api.any({ deep: [1] }, { key: 'k' }))
    client.api.note({ line: 'x' })
    watch(drain(client.api.count({ by: 9 })))
    watch(drain(client.api.double(undefined, { items: [1, 2, 3] })))
    watch(client.events.said.subscribe({ room: 'a' }, { next: () => {} }).ready)
    watch(client.events.counted.subscribe({ room: 'a' }, { next: () => {}, snapshot: () => {} }).ready)
    watch(client.events.strict.subscribe({ next: () => {}, ended: () => {} }).ready)
  }
}

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items);
}
