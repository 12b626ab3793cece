import { compile, contract, procedure } from '@wirepact/contract'
import { type Channel, type ChannelReceiver, type Outgoing, publicLimits, publicWindows } from '@wirepact/protocol'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { answerWithHandlers } from './answering.ts'
import { answerNothing } from './answers.ts'
import { Caller } from './caller.ts'
import type { Clock } from './clock.ts'
import { Incidents } from './failure.ts'
import { jsonCodec } from './json.ts'
import { Counterpart } from './numbering.ts'
import { Peer, type PeerOwner } from './peer.ts'
import { createRemote } from './remote.ts'
import { streaming } from './streaming.ts'

const shared = contract({ server: { echo: procedure({ accepts: z.string(), yields: z.string() }) } })
const compiled = compile(shared)

const clock: Clock = {
  now: () => 0,
  schedule(_, task) {
    const timer = setTimeout(task, 0)
    return () => clearTimeout(timer)
  },
}
declare function setTimeout(task: () => void, ms: number): unknown
declare function clearTimeout(timer: unknown): void

class Wire implements Channel {
  other: ChannelReceiver | undefined
  readonly bufferedBytes = 0

  send(message: Outgoing): void {
    void Promise.resolve().then(() => this.other?.text(message as string))
  }

  close(code: number, reason: string): void {
    throw new Error(`closed with ${code}: ${reason}`)
  }

  terminate(): void {}
}

function peer(handlers: readonly ((call: never) => unknown)[]): Peer {
  const owner: PeerOwner = {
    context: undefined,
    control() {},
    mirror() {},
    writable() {},
    overflow() {},
    detached() {},
  }
  return new Peer({
    ...{ codec: jsonCodec(publicLimits), owner, clock, connection: undefined },
    answering: handlers.length > 0 ? answerWithHandlers : answerNothing,
    implementation: { methods: compiled.methods, handlers, middleware: [] },
    difference: { of: () => null },
    incidents: new Incidents('test', () => {}),
    window: { bytes: 1_000_000, messages: 1_000 },
    ...{ resumable: true, peerMessageBytes: 1_000_000, maxRunning: 10 },
    streaming: {
      ...{ start: streaming.start, windows: publicWindows, highWaterBytes: 100_000 },
    },
  })
}

// Were one side to count characters where the other counts bytes, credit would run out in the middle.
it('items in the JSON form count alike on both sides, in whatever script', async () => {
  const [client, server] = [peer([]), peer([({ items }: { items: AsyncIterable<string> }) => items])]
  const [toServer, toClient] = [new Wire(), new Wire()]
  client.session.attach(toServer)
  server.session.attach(toClient)
  toServer.other = server.receiver(toClient)
  toClient.other = client.receiver(toServer)
  const caller = new Caller({ clock })
  caller.open(client.session, new Counterpart('client', compiled, undefined), 10)
  const api = createRemote<typeof shared.server>(compiled.methods, {
    invoke: (entry, input, options) => caller.invoke(entry, input, options),
    open: (entry, input, options) => streaming.open(caller, entry, input, options),
  })
  const text = '水é😀x'.repeat(500)
  let count = 0
  for await (const item of api.echo(undefined, { items: Array.from({ length: 600 }, () => text) })) {
    if (item === text) count++
  }
  expect(count).toBe(600)
})
