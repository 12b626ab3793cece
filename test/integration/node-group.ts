import type { Client } from '@wirepact/client'
import { contract, event, notification, procedure } from '@wirepact/contract'
import type { Report } from '@wirepact/peer'
import { createServer, type NodesOptions, type Server } from '@wirepact/server'
import { Network } from '@wirepact/testing'
import { z } from 'zod'
import { Engine, type EngineView } from './engine.ts'
import { NodeClock } from './node-clock.ts'

export const shared = contract({
  server: {
    work: procedure({ input: z.object({ ms: z.number() }), output: z.string() }),
    again: procedure({ input: z.object({ ms: z.number() }), output: z.string(), idempotent: true }),
  },
  client: {
    confirm: procedure({
      input: z.object({ question: z.string(), ms: z.number().optional(), when: z.date().optional() }),
      output: z.object({ by: z.string(), question: z.string() }),
      errors: { BUSY: z.object({ forMs: z.number() }) },
    }),
    ping: procedure({ output: z.string() }),
    poke: notification({ input: z.string() }),
    watch: procedure({ yields: z.number() }),
  },
  events: {
    tick: event({ payload: z.number(), onGap: 'skip' }),
    room: event({ topic: z.object({ name: z.string() }), payload: z.number(), onGap: 'skip' }),
  },
})

export type Contract = typeof shared

export interface TestNode {
  readonly server: Server<Contract, { readonly user: string }>
  readonly engine: EngineView
  readonly clock: NodeClock
  /** Dies without a word: its clients are cut off, the engine hears nothing more of it. */
  kill(): void
}

/** Nodes of one engine in one process, and clients of each, in virtual time. */
export function nodeGroup(
  options: {
    readonly seed?: number
    readonly nodes?: NodesOptions | false
    /** The engine takes anything from 0 to this for each thing, in ms. @default exactly 2 */
    readonly jitterMs?: number
  } = {},
) {
  const network = new Network({ seed: options.seed ?? 1 })
  const { clock } = network
  const { jitterMs } = options
  const engine = new Engine(clock, jitterMs === undefined ? () => 2 : () => network.random.next() * jitterMs)
  const later = (ms: number) => new Promise<void>((resolve) => clock.schedule(ms, resolve))
  const reports: Report[] = []
  const runs: string[] = []
  /** What clients were asked, and what became of it. */
  const heard: string[] = []
  let nodes = 0

  const node = (skewMs = 0): TestNode => {
    const view = engine.view()
    const own = new NodeClock(clock, skewMs)
    const name = `node ${++nodes}`
    const server = createServer(shared, {
      ...{
        system: { ...network.serverSystem, clock: own },
        log: view,
        report: (report: Report) => void reports.push(report),
      },
      ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
      authenticate: ({ credentials }) => ({ user: String(credentials) }),
      principal: ({ context }) => (context.user === 'guest' ? undefined : context.user),
      handlers: {
        async work({ input }) {
          runs.push(name)
          await later(input.ms)
          return name
        },
        async again({ input }) {
          runs.push(name)
          await later(input.ms)
          return name
        },
      },
    })
    return {
      server,
      engine: view,
      clock: own,
      kill() {
        view.kill()
        network.serve<Contract, { readonly user: string }>(undefined)
        for (const connection of server.connections) connection.terminate()
      },
    }
  }

  const join = (at: Pick<TestNode, 'server'>, user: string, by = user): Client<Contract> => {
    network.serve(at.server)
    return network.connect(shared, {
      credentials: user,
      report: () => {},
      handlers: {
        async confirm({ input, signal, errors }) {
          heard.push(`${by}: ${input.question}`)
          signal.addEventListener('abort', () => heard.push(`${by}: ${(signal.reason as { code: string }).code}`))
          if (input.question === 'busy?') throw errors.BUSY({ forMs: 5 })
          if (input.question === 'broken?') throw new Error('secret')
          await later(input.ms ?? 0)
          return { by, question: input.when === undefined ? input.question : input.when.toISOString() }
        },
        ping: () => by,
        poke({ input }) {
          heard.push(`${by}: ${input}`)
        },
        *watch() {
          yield 1
        },
      },
    })
  }
  return { network, clock, engine, node, join, reports, runs, heard, later }
}

/** Two nodes that know of each other, and a client of the second. */
export async function pair(options: Parameters<typeof nodeGroup>[0] & { readonly skewMs?: number } = {}) {
  const group = nodeGroup(options)
  const { network } = group
  const first = group.node()
  const second = group.node(options.skewMs)
  await network.advance(1_000)
  const ann = group.join(second, 'ann')
  await network.until(ann.connected())
  return { ...group, first, second, ann }
}

/** The code of an error, or what came instead. */
export function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: { code?: string; mayHaveRun?: boolean }) =>
    error.mayHaveRun === undefined ? error.code : `${error.code} mayHaveRun=${error.mayHaveRun}`,
  )
}
