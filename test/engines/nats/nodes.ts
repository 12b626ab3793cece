import { jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { LogGap, LogRecord, LogWatch, Position } from '@wirepact/eventlog'
import { type NatsLog, type NatsLogOptions, openNatsLog } from '@wirepact/eventlog-nats'
import type { Engine } from '../engine.ts'

let named = 0

/** A name that no log of this engine has yet. */
export function freshName(): string {
  return `t${process.pid}_${++named}`
}

/** A node's log at an engine, with bounds that many can have side by side. */
export function openAt(port: number, options: Partial<NatsLogOptions> = {}): Promise<NatsLog> {
  const small = { totalBytes: 8 * 1024 * 1024, keyBytes: 1024 * 1024, report: () => {} }
  return openNatsLog({ servers: `nats://127.0.0.1:${port}`, ...small, ...options })
}

/** A connection of the test's own, to see and do what no log would. */
export async function besideLog({ port }: Engine): Promise<NatsConnection> {
  return connect({ servers: `127.0.0.1:${port}`, reconnectTimeWait: 100, maxReconnectAttempts: -1 })
}

/** How many consumers are there, of all streams. */
export async function consumersAt(engine: Engine): Promise<number> {
  const nc = await besideLog(engine)
  const { streams } = await jetstreamManager(nc)
  let count = 0
  for await (const { state } of streams.list()) count += state.consumer_count
  await nc.close()
  return count
}

/** What a listener was told. */
export interface Heard {
  readonly watch: LogWatch
  readonly records: LogRecord[]
  readonly gaps: { readonly gap: LogGap; readonly position: Position }[]
}

export async function hear(log: NatsLog, topic: string): Promise<Heard> {
  const records: LogRecord[] = []
  const gaps: Heard['gaps'] = []
  const watch = await log.watch(topic, {
    record: (record) => records.push(record),
    gap: (gap, position) => gaps.push({ gap, position }),
  })
  return { watch, records, gaps }
}

/** Waits until it holds; says what it waited for when it does not. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 12_000,
): Promise<void> {
  const until = performance.now() + limitMs
  while (!(await holds())) {
    if (performance.now() > until) throw new Error(`not within ${limitMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** A record that is a number. */
export function bytes(n: number): Uint8Array {
  return Uint8Array.of(n & 255, n >> 8)
}

export const WIDE = { maxRecords: 1_000_000, maxBytes: 1_000_000_000 }

export function text(said: string): Uint8Array {
  return new TextEncoder().encode(said)
}

/** All records of a topic after a position, a page at a time. */
export async function readAll(log: NatsLog, topic: string, start: Position): Promise<LogRecord[]> {
  const all: LogRecord[] = []
  for (let at = start; ; ) {
    const { records, position, head } = await log.read(topic, at, { maxRecords: 1_000, maxBytes: 1_000_000 })
    all.push(...records)
    if (position.offset === head.offset) return all
    at = position
  }
}

/** What it failed with; undefined when it did not. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => error,
  )
}
