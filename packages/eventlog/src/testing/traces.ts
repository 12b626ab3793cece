import type { LogRecord, Position } from '../position.ts'
import {
  bytesOf,
  type EventLogSuiteOptions,
  type LogHarness,
  numberOf,
  RECORDS_PER_TOPIC,
  until,
  withLog,
} from './harness.ts'
import { NaiveLog } from './naive-log.ts'
import { Random } from './random.ts'
import type { SuiteTools } from './tools.ts'

const TOPICS = ['a', 'b', 'c']
const STEPS = 60

interface Reader {
  readonly topic: string
  position: Position
}

/** Random appends, reads from any position ever given out, and watches, against the oracle. */
export function traces({ describe, it, expect }: SuiteTools, options: EventLogSuiteOptions): void {
  const seed = options.seed ?? 1
  const count = options.traces ?? 60
  describe('any order of appends, reads and watches', () => {
    it(`is answered truthfully (${count} traces, seed ${seed})`, async () => {
      for (let trace = 0; trace < count; trace++) {
        const failure = await withTrace(options, seed + trace)
        expect(failure === undefined ? undefined : `seed ${seed + trace}: ${failure}`).toBeUndefined()
      }
    })
  })
}

async function withTrace(options: EventLogSuiteOptions, seed: number): Promise<string | undefined> {
  let failure: string | undefined
  await withLog(options, async (harness) => {
    failure = await new Trace(harness, seed).run()
  })
  return failure
}

class Trace {
  readonly #harness: LogHarness
  readonly #random: Random
  readonly #naive = new NaiveLog()
  readonly #readers: Reader[] = []
  readonly #watched: { topic: string; position: Position; records: LogRecord[] }[] = []
  #next = 0

  constructor(harness: LogHarness, seed: number) {
    this.#harness = harness
    this.#random = new Random(seed)
  }

  async run(): Promise<string | undefined> {
    for (let step = 0; step < STEPS; step++) {
      const topic = this.#random.pick(TOPICS)
      const failure = await this.#step(topic)
      if (failure !== undefined) return `step ${step}, topic ${topic}: ${failure}`
    }
    return this.#checkWatches()
  }

  async #step(topic: string): Promise<string | undefined> {
    const { log } = this.#harness
    switch (this.#random.below(6)) {
      case 0:
        this.#readers.push({ topic, position: await log.head(topic) })
        return undefined
      case 1:
        await this.#watch(topic)
        return undefined
      case 2:
      case 3:
        return this.#read()
      default:
        return this.#append(topic, 1 + this.#random.below(RECORDS_PER_TOPIC))
    }
  }

  async #append(topic: string, count: number): Promise<string | undefined> {
    for (let i = 0; i < count; i++) {
      const n = ++this.#next
      const { offset } = await this.#harness.log.append(topic, bytesOf(n))
      const failure = this.#naive.append(topic, n, offset)
      if (failure !== undefined) return failure
    }
    return undefined
  }

  async #read(): Promise<string | undefined> {
    if (this.#readers.length === 0) return undefined
    const reader = this.#random.pick(this.#readers)
    const limits = { maxRecords: 1 + this.#random.below(RECORDS_PER_TOPIC * 2), maxBytes: 1 + this.#random.below(300) }
    const result = await this.#harness.log.read(reader.topic, reader.position, limits)
    const failure = this.#naive.judge(reader.topic, reader.position, limits, result)
    // Half of the readers stay where they were, to fall ever further behind.
    if (this.#random.below(2) === 0) reader.position = result.position
    return failure
  }

  async #watch(topic: string): Promise<void> {
    const records: LogRecord[] = []
    const watch = await this.#harness.log.watch(topic, {
      record: (record) => records.push(record),
      gap: () => records.push({ offset: -1, data: bytesOf(0) }),
    })
    this.#watched.push({ topic, position: watch.position, records })
  }

  async #checkWatches(): Promise<string | undefined> {
    for (const { topic, position, records } of this.#watched) {
      const head = await this.#harness.log.head(topic)
      const missing = head.offset - position.offset
      await until(this.#harness, () => records.length >= missing)
      const told = records.map(({ offset, data }) => `${offset}=${numberOf(data)}`).join()
      const owed = this.#naive
        .last(topic, missing)
        .map((n, i) => `${position.offset + 1 + i}=${n}`)
        .join()
      if (told !== owed) return `a watch of ${topic} was told ${told}, expected ${owed}`
    }
    return undefined
  }
}
