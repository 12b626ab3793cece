import { randomFillSync } from 'node:crypto'
import { Connection, type ConnectionEvents, type LivenessOptions, maskPool } from '@wirepact/websocket'

/** What is needed of a transport: a socket, a port, a pipe, anything that carries bytes in order. */
export interface Wire {
  /** Take bytes to send. They are not touched again. */
  write(bytes: Uint8Array): void
  /** Bytes taken but not sent yet; 0 for a wire that does not know. */
  readonly backlog: number
  /** Send what was written, and then that nothing more will come. */
  end(): void
  destroy(): void
  /** Called with what arrives, when there is room to write again, and when it is all over. */
  start(arrived: (bytes: Uint8Array) => void, drained: () => void, over: () => void): void
}

export interface Driven {
  readonly connection: Connection
  /** To be called after anything was sent. */
  settle(): void
}

/** Moves bytes and time between a wire and a connection: the whole of what an owner of the core has to do. */
export function drive(
  wire: Wire,
  role: 'client' | 'server',
  events: ConnectionEvents,
  liveness?: LivenessOptions,
): Driven {
  const now = () => performance.now()
  const masks = role === 'client' ? maskPool(randomFillSync) : undefined
  const connection = new Connection({ role, events, now, masks, liveness })
  let timer: NodeJS.Timeout | undefined
  let ended = false
  const settle = (): void => {
    for (let out = connection.takeOutput(); out !== undefined; out = connection.takeOutput()) wire.write(out)
    connection.noteBacklog(wire.backlog)
    if (connection.transport === 'destroy') wire.destroy()
    else if (connection.transport === 'end' && !ended) {
      ended = true
      wire.end()
    }
    clearTimeout(timer)
    const wait = connection.nextDeadline() - now()
    if (wait < Number.POSITIVE_INFINITY) timer = setTimeout(onTime, wait)
  }
  const onTime = (): void => {
    connection.onTimer(now())
    settle()
  }
  wire.start(
    (bytes) => {
      connection.receive(bytes)
      settle()
    },
    settle,
    () => {
      connection.transportEnded()
      settle()
    },
  )
  settle()
  return { connection, settle }
}

/** Sends every message back as it came. */
export function echo(wire: Wire, liveness?: LivenessOptions): Driven {
  const driven = drive(
    wire,
    'server',
    {
      message: (bytes, start, end, isText) => void driven.connection.send(bytes, start, end, isText),
      closed: () => undefined,
    },
    liveness,
  )
  return driven
}
