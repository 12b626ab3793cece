import { contract, notification, procedure } from '@wirepact/contract'
import type { Clock, Handlers, Remote } from '@wirepact/peer'
import { createServer } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { z } from 'zod'

/** What a handler does in the middle of its work. */
const How = z.enum(['work', 'throw', 'declared', 'early', 'hang', 'bad'])
export type How = z.infer<typeof How>

const input = z.object({ how: How })
const errors = { NOPE: z.object({ why: z.string() }) }

const procedures = {
  once: procedure({ input, output: z.number(), errors }),
  told: notification({ input }),
  down: procedure({ input, yields: z.number(), output: z.string(), errors }),
  up: procedure({ input, accepts: z.number().max(1_000), output: z.number(), errors }),
  both: procedure({ input, accepts: z.number().max(1_000), yields: z.string(), output: z.number(), errors }),
}

/** Either side implements the same. */
export const shared = contract({ server: procedures, client: procedures })

type Procedures = typeof procedures
type Api = Remote<Procedures>

/** What became of one side's handlers. */
export class Tally {
  started = 0
  finished = 0
  aborted: string[] = []
  told = 0

  /** A handler begins; gives what its `finally` is to call. */
  begin(signal: AbortSignal): () => void {
    this.started++
    return () => {
      this.finished++
      if (signal.aborted) this.aborted.push((signal.reason as { code: string }).code)
    }
  }
}

/** How many items flow in each direction of an undisturbed stream, and how long each takes, in ms. */
export const length = 6
const stepMs = 10

function handlersOf(clock: Clock, tally: Tally): Handlers<Procedures, undefined, unknown> {
  const wait = () => new Promise<void>((resolve) => clock.schedule(stepMs, resolve))
  /** One step of the work; true when it is enough. */
  const step = async (
    at: number,
    call: { input: { how: How }; signal: AbortSignal; errors: { NOPE(data: { why: string }): Error } },
  ): Promise<boolean> => {
    const { how } = call.input
    if (at === 2 && how === 'throw') throw new Error('secret')
    if (at === 2 && how === 'declared') throw call.errors.NOPE({ why: 'so' })
    if (at === 2 && how === 'hang') {
      await new Promise<void>((resolve) => call.signal.addEventListener('abort', () => resolve()))
    }
    await wait()
    return at === 2 && how === 'early'
  }
  return {
    async once(call) {
      const end = tally.begin(call.signal)
      try {
        for (let at = 1; at <= 3; at++) if (await step(at, call)) return at
        return call.input.how === 'bad' ? ('bad' as unknown as number) : 3
      } finally {
        end()
      }
    },
    told() {
      tally.told++
    },
    async *down(call) {
      const end = tally.begin(call.signal)
      try {
        for (let at = 1; at <= length; at++) {
          yield call.input.how === 'bad' && at === 3 ? ('bad' as unknown as number) : at
          if (await step(at, call)) return 'early'
        }
        return 'all'
      } finally {
        end()
      }
    },
    async up(call) {
      const end = tally.begin(call.signal)
      let [sum, at] = [0, 0]
      try {
        for await (const item of call.items) {
          sum += item
          if (await step(++at, call)) break
        }
        return sum
      } finally {
        end()
      }
    },
    async *both(call) {
      const end = tally.begin(call.signal)
      let [sum, at] = [0, 0]
      try {
        for await (const item of call.items) {
          sum += item
          yield `got ${item}`
          if (await step(++at, call)) break
        }
        return sum
      } finally {
        end()
      }
    },
  }
}

/** A server and a client of it, each with handlers for all kinds. Few slots, so that a leak is soon noticed. */
export function world(network: Network = new Network()) {
  const tallies = { server: new Tally(), client: new Tally() }
  const { clock } = network
  const make = () =>
    createServer(shared, {
      system: network.serverSystem,
      report: () => {},
      principal: () => 'ann',
      limits: { callsInFlight: 2, streams: 2 },
      handlers: handlersOf(clock, tallies.server),
    })
  let server = make()
  network.serve(server)
  const client = network.connect(shared, {
    report: () => {},
    timeoutMs: 120_000,
    handlers: handlersOf(clock, tallies.client),
  })
  /** What calls in that direction. */
  const api = async (direction: Direction): Promise<Api> => {
    await client.connected()
    return direction === 'to the server'
      ? client.api
      : // The newest: one that the client has left may stand for a while.
        ([...server.connections].at(-1)?.api as Api)
  }
  /** Another server takes its place, which knows nothing. */
  const replace = () => {
    server = make()
    network.serve(server)
  }
  return { network, client, api, replace, server: () => server, tallies }
}

export const directions = ['to the server', 'to the client'] as const
export type Direction = (typeof directions)[number]
export const kinds = ['once', 'down', 'up', 'both'] as const
export type Kind = (typeof kinds)[number]

/** How a call ended for its caller, in plain values. */
export interface Seen {
  readonly items: readonly unknown[]
  readonly end: unknown
  /** Whether what the caller sends from was told that nothing more is wanted. */
  readonly sourceDone?: boolean
}

/** Makes a call of that kind, and writes down everything that its caller sees. Settles whatever happens. */
export async function call(
  api: Api,
  kind: Kind,
  how: How,
  options: { signal?: AbortSignal; timeoutMs?: number; badItem?: boolean } = {},
): Promise<Seen> {
  const { badItem = false, ...given } = options
  if (kind === 'once')
    return { items: [], end: await api.once({ how }, { timeoutMs: 120_000, ...given }).catch(described) }
  let isDone = false
  const source = function* () {
    try {
      for (let n = 1; n <= length; n++) yield badItem && n === 4 ? 5_000 : n
    } finally {
      isDone = true
    }
  }
  if (kind === 'up') {
    const end = await api.up({ how }, { ...given, items: source() }).catch(described)
    return { items: [], end, sourceDone: isDone }
  }
  const stream = kind === 'down' ? api.down({ how }, given) : api.both({ how }, { ...given, items: source() })
  const items: unknown[] = []
  let thrown: unknown
  try {
    for await (const item of stream) items.push(item)
  } catch (error) {
    thrown = described(error)
  }
  const end = await stream.result.catch(described)
  // A loop ends as its result does.
  if (JSON.stringify(thrown ?? end) !== JSON.stringify(end)) throw new Error(`the loop threw ${thrown}, not ${end}`)
  return { items, end, ...(kind === 'both' ? { sourceDone: isDone } : {}) }
}

function described(error: unknown): unknown {
  const { code, declared, data, mayHaveRun } = error as { [name: string]: unknown }
  return { code, ...(declared ? { data } : {}), ...(mayHaveRun === undefined ? {} : { mayHaveRun }) }
}
