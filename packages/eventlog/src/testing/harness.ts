import type { EventLog } from '../event-log.ts'
import type { LogRecord, Position } from '../position.ts'

/** One log under test, and what the suite may do to its surroundings. */
export interface LogHarness {
  readonly log: EventLog
  /** Lets some time pass: what an engine delivers late gets the chance to arrive. The in-memory log needs none. */
  readonly pause: () => Promise<void>
  /** Makes the log `ms` older, for expiry: by its clock where that is injected, by waiting where it is an engine's. */
  readonly advance: (ms: number) => Promise<void>
  /** Another node's view of the same topics and keys; needed when `shared`. */
  readonly secondNode?: () => Promise<EventLog>
  /** Throws the log's data away behind its back, as an engine that was wiped would; needed when `wipeable`. */
  readonly wipe?: () => Promise<void>
  readonly dispose?: () => Promise<void>
}

export interface EventLogSuiteOptions {
  /** Heads the report: `memory`, `redis`, … */
  readonly name: string
  /**
   * Makes an empty log that retains about `recordsPerTopic` records of a topic: at least that many, and fewer than
   * eight times as many (engines may trim by the block).
   */
  readonly create: (bounds: { readonly recordsPerTopic: number }) => Promise<LogHarness> | LogHarness
  /** Whether several nodes see one log; must agree with `caps.shared`. @default false */
  readonly shared?: boolean
  /** Whether its data can be lost behind its back. @default false */
  readonly wipeable?: boolean
  /** Of the random traces; printed with every failure. @default 1 */
  readonly seed?: number
  /** How many random traces are run. @default 60 */
  readonly traces?: number
}

/** Retained by the logs that the suite creates: small, so that trimming is reached in few appends. */
export const RECORDS_PER_TOPIC = 32

/** Runs `body` on a fresh log, and disposes of it. */
export async function withLog(
  options: EventLogSuiteOptions,
  body: (harness: LogHarness) => Promise<void>,
): Promise<void> {
  const harness = await options.create({ recordsPerTopic: RECORDS_PER_TOPIC })
  try {
    await body(harness)
  } finally {
    await harness.log.close()
    await harness.dispose?.()
  }
}

/** The bytes of a number: enough to tell every record of the suite from every other. */
export function bytesOf(n: number): Uint8Array {
  return Uint8Array.of(n & 255, (n >> 8) & 255, (n >> 16) & 255)
}

export function numberOf(data: Uint8Array): number {
  return data[0]! | (data[1]! << 8) | (data[2]! << 16)
}

export function numbersOf(records: readonly LogRecord[]): number[] {
  return records.map((record) => numberOf(record.data))
}

/** Appends `from … to`, and answers the position of the last. */
export async function appendRange(log: EventLog, topic: string, from: number, to: number): Promise<Position> {
  let position = await log.head(topic)
  for (let n = from; n <= to; n++) position = await log.append(topic, bytesOf(n))
  return position
}

/** Pauses until the condition holds; gives up quietly after a while, for the expectation that follows to speak. */
export async function until(harness: LogHarness, condition: () => boolean): Promise<void> {
  for (let tries = 0; tries < 200 && !condition(); tries++) await harness.pause()
}

export const WIDE = { maxRecords: 1_000_000, maxBytes: 1_000_000_000 }
