import { once } from 'node:events'
import { type AddressInfo, connect as connectTo, createServer as createTcpServer, type Socket } from 'node:net'
import { connect } from '@wirepact/client/node'
import { contract, procedure } from '@wirepact/contract'
import { createServer } from '@wirepact/server'
import { listen } from '@wirepact/server/node'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { atMost, show } from './shown.ts'
import { long, seed } from './size.ts'

const rounds = long ? 51 : 2
const messages = 1_000

const shared = contract({
  server: {
    work: procedure({ input: z.object({ n: z.number() }), output: z.object({ n: z.number(), text: z.string() }) }),
  },
})

/** Forwards connections, until it resets them; those that come then wait until it opens. */
class Gate {
  readonly #target: number
  readonly #server = createTcpServer((near) => this.#accept(near))
  readonly #ends = new Set<Socket>()
  #waiting: Socket[] | undefined
  #arrived: () => void = () => {}

  constructor(target: number) {
    this.#target = target
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  /** Resets all connections. Resolves when somebody knocks. */
  cut(): Promise<void> {
    this.#waiting = []
    for (const end of this.#ends) end.resetAndDestroy()
    return new Promise((resolve) => {
      this.#arrived = resolve
    })
  }

  open(): void {
    for (const near of this.#waiting ?? []) this.#forward(near)
    this.#waiting = undefined
  }

  close(): void {
    for (const end of this.#ends) end.destroy()
    this.#server.close()
  }

  #accept(near: Socket): void {
    if (this.#waiting === undefined) return this.#forward(near)
    near.on('error', () => {})
    this.#waiting.push(near)
    this.#arrived()
  }

  #forward(near: Socket): void {
    const far = connectTo(this.#target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#ends.add(from)
      from.setNoDelay(true)
      from.on('error', () => {})
      from.on('close', () => this.#ends.delete(from))
      from.pipe(to)
    }
  }
}

it('answers that were kept during a cut arrive at once when it ends', { timeout: 120_000 }, async () => {
  const due: (() => void)[] = []
  await using server = createServer(shared, {
    limits: 'trusted',
    handlers: {
      work: ({ input: { n } }) => new Promise((resolve) => due.push(() => resolve({ n, text: `answer ${n}` }))),
    },
  })
  await using listening = await listen(server, { port: 0, host: '127.0.0.1' })
  const gate = new Gate(listening.port)
  await using client = connect(shared, `ws://127.0.0.1:${await gate.listen()}`, {
    reconnect: { baseMs: 20, capMs: 50, firstMs: 20 },
  })
  await client.connected()
  const times: number[] = []
  for (let round = 0; round < rounds; round++) {
    const calls = Array.from({ length: messages }, (_, n) => client.api.work({ n }, { timeoutMs: 60_000 }))
    while (due.length < messages) await new Promise((resolve) => setTimeout(resolve, 5))
    await gate.cut()
    for (const answer of due.splice(0)) answer()
    // The answers are made, and there is nobody to send them to.
    await new Promise((resolve) => setTimeout(resolve, 20))
    const started = performance.now()
    gate.open()
    const answers = await Promise.all(calls)
    times.push(performance.now() - started)
    expect(answers).toEqual(calls.map((_, n) => ({ n, text: `answer ${n}` })))
  }
  gate.close()
  times.sort((a, b) => a - b)
  const median = times[times.length >> 1]!
  const spread = `${times[0]!.toFixed(1)} to ${times.at(-1)!.toFixed(1)}`
  // Time is for a machine that does little else. Handshake and hello are part of it.
  const promise = `resume of 1,000 kept answers (${spread} ms in ${rounds} cuts), median`
  if (long) show('buffered', seed, [atMost(promise, median, 20, 'ms')])
})
