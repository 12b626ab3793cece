import { setTimeout as delay } from 'node:timers/promises'
import { connect, type NodeClientOptions } from '@wirepact/client/node'
import { createServer, type Server, type ServerOptions } from '@wirepact/server'
import { listen, type ServerListenOptions } from '@wirepact/server/node'
import { onTestFinished } from 'vitest'
import { counter } from './counter.ts'

export interface Context {
  readonly user: string
}

export type CounterServer = Server<typeof counter, Context>

type Reported = Parameters<NonNullable<ServerOptions<typeof counter, Context>['report']>>[0]

export interface Served {
  readonly server: CounterServer
  readonly url: string
  readonly port: number
  readonly reports: Reported[]
  readonly lines: string[]
  readonly runs: { count: number; aborted: string[] }
}

/** A server of the counter contract on a free port, closed when the test ends. */
export async function serve(
  options: Partial<ServerOptions<typeof counter, Context>> & {
    /** Runs when a client asks to be joined. */
    readonly onJoin?: (topic: { room: string }, server: CounterServer) => Promise<void>
  } = {},
  where: Partial<ServerListenOptions> = {},
): Promise<Served> {
  const reports: Reported[] = []
  const lines: string[] = []
  const runs = { count: 0, aborted: [] as string[] }
  let value = 0
  const server: CounterServer = createServer<typeof counter, Context>(counter, {
    authenticate: ({ credentials }) => ({ user: typeof credentials === 'string' ? credentials : 'anonymous' }),
    state: ({ context }) => ({ user: context.user, intervalMs: 1000 }),
    report: (report) => reports.push(report),
    handlers: {
      increment({ input }) {
        runs.count++
        value += input.by
        return { value }
      },
      nested: {
        echo: async ({ input }) => input.text,
        fail: ({ input, errors }) => {
          if (input.how === 'declared') throw errors.TOO_LATE({ by: 3 })
          if (input.how === 'returned') return errors.NO_DATA()
          if (input.how === 'output') return 42 as unknown as string
          if (input.how === 'bad data') throw errors.TOO_LATE({ by: 'x' as unknown as number })
          throw new Error('secret: /etc/passwd')
        },
        async slow({ input, signal }) {
          runs.count++
          try {
            await delay(input.ms, undefined, { signal })
          } catch (error) {
            runs.aborted.push((signal.reason as { code: string }).code)
            throw error
          }
          return 'done'
        },
        retried: async () => {
          runs.count++
          await delay(50)
          return runs.count
        },
      },
      bytes: ({ input }) => input,
      ask: async ({ input, connection }) => ((await connection.api.confirm(input)) ? 'yes' : 'no'),
      interval({ input, connection }) {
        connection.state.update({ intervalMs: input.ms })
        return input.ms
      },
      async join({ input, connection }) {
        await connection.events.tick.join(input)
        await options.onJoin?.(input, server)
      },
      log({ input }) {
        lines.push(input.line)
      },
    },
    ...options,
  })
  const listening = await listen(server, { port: 0, host: '127.0.0.1', ...where })
  onTestFinished(() => server.close())
  return { server, url: listening.url, port: listening.port, reports, lines, runs }
}

/** A client of it that reconnects at once, closed when the test ends. */
export function join(url: string, options: NodeClientOptions<typeof counter> = {}) {
  const client = connect(counter, url, {
    reconnect: { baseMs: 20, capMs: 50, firstMs: 20 },
    handlers: { confirm: () => true, shout: () => {} },
    ...options,
  })
  onTestFinished(() => client.close())
  return client
}
