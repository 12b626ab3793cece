import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Connection, createServer, type Server } from '@wirepact/server'
import { attach } from '@wirepact/server/node'
import * as z from 'zod/mini'
import { machine } from './contract.ts'
import { Doors } from './doors.ts'
import { factsOfThisMachine } from './facts.ts'
import { type Context, handlersOf } from './handlers.ts'
import { Roster } from './roster.ts'
import { type Sampler, startSampler } from './sampler.ts'
import type { Sensor } from './sensors/sensor.ts'
import { sensorsOfThisMachine } from './sensors/this-machine.ts'
import { staticFiles } from './static-files.ts'

export type MachineOptions = {
  /** 0 takes a free one. */
  port: number
  /** The address to listen on. @default 'localhost' */
  host?: string
  /** The folder with the built page. */
  page: URL
  /** @default the sensors of this machine */
  sensors?: readonly Sensor[]
  /** The pace to begin with, and to come back to when nobody has been watching for a minute, in milliseconds. @default 1000 */
  intervalMs?: number
  /** How long somebody who is asked a question may think, in milliseconds. @default 12000 */
  patienceMs?: number
}

export type RunningMachine = {
  readonly url: string
  readonly server: Server<typeof machine, Context>
  readonly sampler: Sampler
  close(): Promise<void>
}

/** What the page sends to say who it is. It is whatever a client sends, so it is checked. */
const Credentials = z.object({
  key: z.string().check(z.minLength(16), z.maxLength(64)),
  name: z.optional(z.string().check(z.minLength(1), z.maxLength(24))),
})

const UNWATCHED_MS = 60_000

type MachineConnection = Connection<typeof machine, Context>

/**
 * Starts the dashboard: samples the machine, serves the page and its WebSocket at `/rpc`.
 *
 * @throws what listening throws, such as an Error with the code EADDRINUSE
 */
export async function startMachine(options: MachineOptions): Promise<RunningMachine> {
  const { port, host = 'localhost', page, intervalMs = 1000, patienceMs = 12_000 } = options
  // The small flavour of zod brings no words of its own; what it finds wrong with an input is told to the viewer.
  z.config(z.locales.en())
  const http = createHttpServer(staticFiles(page))
  const sensors = options.sensors ?? (await sensorsOfThisMachine())
  const doors = new Doors()
  const roster = new Roster(() => {
    for (const { state } of server.connections) state.update({ viewers: roster.list() })
  })
  const sampler = startSampler({
    sensors,
    intervalMs,
    onReading: (sensor, reading) => void server.events.reading.publish({ sensor }, reading),
    onError: (sensor, error) => console.error(`The sensor "${sensor}" could not be read:`, error),
  })
  const unwatched = whenNobodyWatches(() => {
    sampler.intervalMs = intervalMs
  })
  const facts = factsOfThisMachine()
  const absent = new WeakSet<MachineConnection>()
  const arrive = ({ context }: MachineConnection) => {
    roster.arrive(context.member)
    unwatched.cancel()
  }
  const leave = ({ context }: MachineConnection) => {
    roster.leave(context.member)
    if (server.connections.size === 0) unwatched.begin()
  }
  const stateOf = ({ member }: Context) => ({
    you: member.id,
    intervalMs: sampler.intervalMs,
    viewers: roster.list(),
  })
  const server: Server<typeof machine, Context> = createServer<typeof machine, Context>(machine, {
    async authenticate({ credentials }) {
      const { key, name } = z.parse(Credentials, credentials)
      await doors.opened(key)
      return { member: roster.know(key, name) }
    },
    state: ({ context }) => stateOf(context),
    handlers: handlersOf({ facts, sampler, roster, doors, patienceMs, viewers: () => server.connections }),
    events: { reading: { authorize: ({ topic }) => sampler.history(topic.sensor) !== undefined } },
    onSession({ connection }) {
      arrive(connection)
      return () => {
        if (!absent.delete(connection)) leave(connection)
      }
    },
    onAbsent({ connection }) {
      absent.add(connection)
      leave(connection)
    },
    onReturn({ connection }) {
      absent.delete(connection)
      arrive(connection)
      // Nobody told it what changed while it was away.
      connection.state.set(stateOf(connection.context))
    },
  })
  attach(server, http, { path: '/rpc' })
  const close = async () => {
    sampler.stop()
    unwatched.cancel()
    await server.close()
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  }
  try {
    await listening(http, port, host)
  } catch (error) {
    await close()
    throw error
  }
  return { url: urlOf(http, host), server, sampler, close }
}

function listening(http: HttpServer, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', reject)
    http.listen(port, host, () => {
      http.off('error', reject)
      resolve()
    })
  })
}

/** Where a person can open it: an address that stands for all of them is none to visit. */
function urlOf(http: HttpServer, host: string): string {
  const { port } = http.address() as AddressInfo
  const visible = host === '0.0.0.0' || host === '::' ? 'localhost' : host
  return `http://${visible.includes(':') ? `[${visible}]` : visible}:${port}/`
}

/** A fast pace that somebody set and left behind would keep the machine busy for nobody. */
function whenNobodyWatches(calmDown: () => void): { begin(): void; cancel(): void } {
  let timer: NodeJS.Timeout | undefined
  const cancel = () => clearTimeout(timer)
  return {
    begin() {
      cancel()
      timer = setTimeout(calmDown, UNWATCHED_MS)
      timer.unref()
    },
    cancel,
  }
}
