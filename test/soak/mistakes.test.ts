import { setTimeout as delay } from 'node:timers/promises'
import { contract, procedure, type Schema } from '@wirepact/contract'
import { BinaryCodec, type Channel, type ChannelReceiver, Kind, type Message, publicLimits } from '@wirepact/protocol'
import { createServer } from '@wirepact/server'
import { expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { atMost, show } from './shown.ts'
import { long, seed } from './size.ts'

// Inputs with as many mistakes as the limits let through. What a schema takes to name them is its own affair, and
// SECURITY.md says so; the library adds little to it, and tells the caller little of it.

// One value for each item, one for the list and one for what holds it.
const input = { list: Array.from({ length: publicLimits.items - 2 }, (): unknown => 0) }

const withZod = z.object({ list: z.array(z.object({ name: z.string() })) })

/** Names each mistake, and takes next to no time. */
const byHand: Schema = {
  '~standard': {
    version: 1,
    vendor: 'by hand',
    validate: (value) => {
      const { list } = value as typeof input
      return { issues: list.map((_, index) => ({ message: 'expected an object', path: ['list', index] })) }
    },
  },
}

/** A server without a socket: what is said to it is dealt with at once, so that its time can be taken. */
async function serve(schema: Schema) {
  const store = procedure({ input: schema as typeof withZod })
  const server = createServer(contract({ server: { store } }), { report: () => {}, handlers: { store: () => {} } })
  onTestFinished(() => server.close())
  const codec = new BinaryCodec(publicLimits)
  const said: Message[] = []
  let receiver: ChannelReceiver | undefined
  const channel: Channel = {
    bufferedBytes: 0,
    send: (message) => {
      const { bytes, start, end } = message as Exclude<typeof message, string>
      said.push(codec.decode(bytes, start, end))
    },
    close: () => {},
    terminate: () => {},
  }
  const start = (given: ChannelReceiver) => {
    receiver = given
  }
  server.accept({ channel, encoding: 'binary', start })
  /** Returns how long the server took for it, in ms. */
  const say = (message: Message): number => {
    const { bytes, start, end } = codec.encode(message)
    const copy = bytes.slice(start, end)
    const started = performance.now()
    receiver?.message(copy, 0, copy.length)
    return performance.now() - started
  }
  say({ kind: Kind.hello, fingerprint: '' })
  while (said.length === 0) await delay(5)
  return { said, say }
}

const median = (values: number[]) => values.sort((one, other) => one - other)[values.length >> 1] ?? 0
const tries = Array.from({ length: 21 }, (_, index) => index + 1)

async function taken(schema: Schema) {
  const { said, say } = await serve(schema)
  const ms = median(tries.map((id) => say({ kind: Kind.call, id, method: 0, input })))
  const answers = said.flatMap((each) => (each.kind === Kind.error ? [each] : []))
  expect(answers.map(({ code }) => code)).toEqual(tries.map(() => 'invalid-input'))
  return { ms, answers }
}

it('an input with as many mistakes as fit takes 5 ms beside what its schema takes, and its answer is bounded', async () => {
  const alone = median(
    tries.map(() => {
      const started = performance.now()
      void withZod['~standard'].validate(input)
      return performance.now() - started
    }),
  )
  const lines = [await taken(byHand), await taken(withZod)].flatMap(({ ms, answers }, index) => {
    const who = index === 0 ? 'a schema that takes no time' : `zod, which alone takes ${alone.toFixed(1)} ms`
    const issues = Math.max(...answers.map(({ data }) => (data as { issues: unknown[] }).issues.length))
    const text = Math.max(...answers.map(({ message }) => message.length))
    const time = atMost(
      `${input.list.length} mistakes, named by ${who}, take`,
      ms,
      index === 0 ? 5 : Math.ceil(alone) + 5,
      'ms',
    )
    return [
      long ? time : { ...time, kept: true },
      atMost('their answer names', issues, 10, 'issues'),
      atMost('the message of their answer has', text, 1_024 + 64, 'characters'),
    ]
  })
  show('bombs', seed, lines)
})
