import { contract, event, notification, procedure } from '@wirepact/contract'
import { MemoryLog } from '@wirepact/eventlog'
import { createServer, type ServerOptions } from '@wirepact/server'
import { everyCut, type Fault, type Network, type Scenario } from '@wirepact/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'

const shared = contract({
  server: {
    add: procedure({ input: z.object({ by: z.number() }), output: z.number() }),
    slow: procedure({ input: z.object({ ms: z.number() }), output: z.string() }),
    refuse: procedure({ output: z.string(), errors: { NOT_TODAY: z.object({ until: z.date() }) } }),
    ask: procedure({ input: z.object({ question: z.string() }), output: z.boolean() }),
    rename: procedure({ input: z.object({ name: z.string() }) }),
    enter: procedure({ input: z.object({ room: z.string() }) }),
    say: procedure({ input: z.object({ room: z.string(), text: z.string() }) }),
    post: procedure({ input: z.object({ value: z.number() }) }),
    renew: procedure({}),
    total: procedure({ output: z.number(), idempotent: true }),
    line: notification({ input: z.object({ text: z.string() }) }),
  },
  client: {
    confirm: procedure({ input: z.object({ question: z.string() }), output: z.boolean() }),
    nudge: notification({ input: z.object({ count: z.number() }) }),
  },
  events: {
    said: event({ topic: z.object({ room: z.string() }), payload: z.string(), onGap: 'skip' }),
    board: event({ payload: z.number(), snapshot: z.array(z.number()) }),
  },
  state: z.object({ name: z.string(), renamed: z.number() }),
})

/** One of every kind of message that there is. */
const everything: Scenario<unknown> = async ({ network }) => {
  const heard = { lines: [] as string[], nudges: [] as number[], asked: 0, added: 0, aborted: [] as string[] }
  const { clock } = network
  let turns = 0
  const log = new MemoryLog({ now: () => clock.now(), epoch: 'one' })
  const options: ServerOptions<typeof shared, { readonly turn: number }> = {
    ...{ system: network.serverSystem, log, report: () => {} },
    authenticate: () => ({ turn: ++turns }),
    principal: () => 'ann',
    state: () => ({ name: 'nobody', renamed: 0 }),
    handlers: {
      add: ({ input }) => {
        heard.added += input.by
        return heard.added
      },
      slow: ({ input, signal }) =>
        new Promise((resolve, reject) => {
          clock.schedule(input.ms, () => resolve('done'))
          signal.addEventListener('abort', () => {
            heard.aborted.push((signal.reason as { code: string }).code)
            reject(signal.reason)
          })
        }),
      refuse: ({ errors }) => errors.NOT_TODAY({ until: new Date(1_000) }),
      ask: async ({ input, connection }) => {
        void connection.api.nudge({ count: ++heard.asked })
        return connection.api.confirm(input, { timeoutMs: 120_000 })
      },
      rename({ input, connection }) {
        connection.state.update({ name: input.name, renamed: connection.state.value.renamed + 1 })
      },
      enter: ({ input, connection }) => connection.events.said.join(input),
      say: ({ input }) => serving.events.said.publish({ room: input.room }, input.text),
      line: ({ input }) => void heard.lines.push(input.text),
      total: () => heard.added,
      renew: ({ connection }) => connection.requireCredentials({ graceMs: 60_000 }),
      post: ({ input }) => serving.events.board.publish(input.value),
    },
    events: { board: { snapshot: () => [heard.added] } },
  }
  const server = createServer(shared, options)
  let serving = server
  network.serve(server)
  const { api, events, state, connected, client } = open(network, heard)
  const said: string[] = []
  const gaps: unknown[] = []
  const joined: string[] = []
  events.said.joined({ next: (text, topic) => joined.push(`${topic.room}: ${text}`) })
  const board: unknown[] = []
  const boarded = events.board.subscribe({
    snapshot: (value) => board.push(...value),
    next: (value) => board.push(value),
  })
  const subscription = events.said.subscribe(
    { room: 'hall' },
    { next: (text) => said.push(text), gap: (gap) => gaps.push(gap) },
  )
  await connected()
  await subscription.ready
  await boarded.ready
  const first = await api.add({ by: 2 })
  void api.line({ text: 'one' })
  const stop = new AbortController()
  const cancelled = api.slow({ ms: 60_000 }, { signal: stop.signal, timeoutMs: 0 }).catch(({ code }) => code)
  const slow = api.slow({ ms: 40 })
  await api.rename({ name: 'ada' })
  const named = state.value
  await api.enter({ room: 'attic' })
  await api.say({ room: 'hall', text: 'hello' })
  await api.say({ room: 'attic', text: 'dust' })
  stop.abort()
  const refused = await api.refuse().catch(({ code, data, declared }) => ({ code, data, declared }))
  const answered = await api.ask({ question: 'sure?' })
  void api.line({ text: 'two' })
  await api.post({ value: 7 })
  await api.renew()
  await until(network, () => turns >= 2)
  await api.rename({ name: 'grace' })
  await api.say({ room: 'hall', text: 'bye' })
  await network.until(
    until(network, () => said.length === 2 && board.includes(7) && joined.length === 1 && heard.aborted.length === 1),
    60_000,
  )
  const slowly = await slow
  const outcome = { first, slowly, cancelled: await cancelled, refused, answered, named, state: state.value }
  serving = createServer(shared, options)
  network.serve(serving)
  await server.drain({ deadlineMs: 60_000, spreadMs: 0 })
  await server.close()
  // It may leave on a dead connection to a server that is gone for good: only what is idempotent survives that.
  const moved = await api.total()
  await api.say({ room: 'hall', text: 'moved' })
  await until(network, () => said.length === 3)
  await client.close()
  await serving.close()
  return { ...outcome, moved, board, said, gaps, joined, heard }
}

function open(network: Network, heard: { nudges: number[] }) {
  const client = network.connect(shared, {
    // A black hole is found after 35 s at the latest.
    timeoutMs: 120_000,
    report: () => {},
    handlers: {
      confirm: ({ input }) => input.question === 'sure?',
      nudge: ({ input }) => void heard.nudges.push(input.count),
    },
  })
  const { api, events, state } = client
  return { client, api, events, state, connected: () => client.connected() }
}

/** Resolves when the condition holds, which it is asked every 10 ms of virtual time. */
async function until(network: Network, holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => network.clock.schedule(10, resolve))
}

describe('a scenario with every kind of message', () => {
  const faults: readonly Fault[] = ['cut', 'half-cut', 'black hole', 'delay']
  const ways = faults.flatMap((fault) => [
    { fault, batches: false },
    { fault, batches: true },
  ])
  it.each(ways)(
    'ends the same with a $fault at each of its messages, batches: $batches',
    async ({ fault, batches }) => {
      const { outcome, cuts } = await everyCut(everything, { fault, network: { batches } })
      expect(cuts).toBeGreaterThan(30)
      expect(outcome).toEqual({
        first: 2,
        slowly: 'done',
        cancelled: 'cancelled',
        refused: { code: 'NOT_TODAY', data: { until: new Date(1_000) }, declared: true },
        answered: true,
        named: { name: 'ada', renamed: 1 },
        state: { name: 'grace', renamed: 2 },
        moved: 2,
        board: [0, 7],
        said: ['hello', 'bye', 'moved'],
        gaps: [],
        joined: ['attic: dust'],
        heard: { lines: ['one', 'two'], nudges: [1], asked: 1, added: 2, aborted: ['cancelled'] },
      })
    },
  )
})

describe('everyCut', () => {
  const counter = contract({ server: { add: procedure({ output: z.number() }) } })
  const serving = (network: Network, limits: { detachedMs: number }) => {
    let total = 0
    const make = () =>
      createServer(counter, {
        system: network.serverSystem,
        limits,
        handlers: { add: () => ++total },
        report: () => {},
      })
    network.serve(make)
    return network.connect(counter, { report: () => {} })
  }

  it('names the cuts that change the outcome, the message, and the difference', async () => {
    const unsafe = everyCut(async ({ network }) => {
      const { api } = serving(network, { detachedMs: 0 })
      return { value: await api.add().catch((error) => error.code) }
    })
    await expect(unsafe).rejects.toThrow(
      /^everyCut: 2 of 4 runs .*\n {2}cut at message 3 of 4 \(call to the server\): outcome.value: expected 1, got connection-lost\n {2}cut at message 4 of 4 \(result to the client\): /,
    )
  })

  it('restarts the server, where the scenario says how', async () => {
    const report = await everyCut(
      async ({ network }) => {
        const { api } = serving(network, { detachedMs: 60_000 })
        const value = await api.add().catch((error) => error.mayHaveRun)
        return value === 1 || value === true
      },
      { fault: 'restart' },
    )
    expect(report).toEqual({ outcome: true, cuts: 4 })
  })

  it('says when a scenario hangs', async () => {
    const hanging = everyCut(({ network }) =>
      serving(network, { detachedMs: 1 })
        .connected()
        .then(() => new Promise(() => {})),
    )
    await expect(hanging).rejects.toThrow('nothing settled it within 600000 ms of virtual time')
  })

  it('passes on what the undisturbed run throws', async () => {
    await expect(everyCut(() => Promise.reject(new RangeError('mine')))).rejects.toThrow(new RangeError('mine'))
  })
})
