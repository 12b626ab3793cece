import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { type BenchEvent, eventAt, isEventAt } from '../harness/shapes.ts'
import type { SubjectServer } from '../harness/subject.ts'
import type { Workload } from '../harness/workload.ts'

const EVENTS = 100_000
/** Warming up in smaller lots keeps to the time that was asked for. */
const WARM_UP_EVENTS = 10_000
const PAUSE_EVERY = 256
const PAUSE_ABOVE_BYTES = 1024 * 1024

interface Lot {
  readonly from: number
  readonly count: number
}

export const workload: Workload = {
  about: `${EVENTS.toLocaleString('en')} events to one subscriber, none lost`,
  needs: 'subscribe',
  unit: 'event',
  countsAllocations: true,
  // The slower half of the subjects takes longer for its 100,000 than is asked for.
  lasts: ({ warmUpMs, measureMs }) => warmUpMs + Math.max(measureMs, 1_500) + 500,
  async run({ client, warmUpMs, measureMs, measure, server, smallLots }) {
    const arrivals = new Arrivals()
    await client.subscribe!((event) => arrivals.next(event), arrivals.fail)
    /** Answers with the seconds from the first publish to the last arrival. */
    const push = async (count: number): Promise<number> => {
      const lot: Lot = { from: arrivals.count, count }
      const [started, ended] = await Promise.all([server('publish', lot), arrivals.upTo(lot.from + count)])
      return (ended - (started as number)) / 1000
    }
    const warm = performance.now() + warmUpMs
    while (performance.now() < warm) await push(WARM_UP_EVENTS)
    const lot = smallLots ? WARM_UP_EVENTS : EVENTS
    return await measure(async () => {
      let amount = 0
      let seconds = 0
      while (amount === 0 || seconds * 1000 < measureMs) {
        seconds += await push(lot)
        amount += lot
      }
      return { amount, seconds }
    })
  },
  serverSide: {
    publish,
  },
}

/** A clock that both processes read alike, in ms: what `hrtime` counts from is not the same in every runtime. */
function now(): number {
  return performance.timeOrigin + performance.now()
}

async function publish(server: SubjectServer, { from, count }: Lot): Promise<number> {
  const push = server.publish!.bind(server)
  const pauseAbove = Math.min(PAUSE_ABOVE_BYTES, server.highWaterBytes ?? Number.POSITIVE_INFINITY)
  const started = now()
  for (let id = from; id < from + count; id++) {
    push(eventAt(id))
    if ((id + 1) % PAUSE_EVERY !== 0) continue
    await nextTurn()
    while ((server.queuedBytes?.() ?? 0) > pauseAbove) await sleep(1)
  }
  return started
}

/** The subscriber: every event in its place, and its content as it was published. */
class Arrivals {
  count = 0
  #target = Number.POSITIVE_INFINITY
  #failure: { readonly error: unknown } | undefined
  #reached: (at: number) => void = () => {}
  #failed: (error: unknown) => void = () => {}

  readonly fail = (error: unknown): void => {
    this.#failure ??= { error }
    this.#failed(error)
  }

  /** Resolves with the time when this many have arrived. */
  upTo(target: number): Promise<number> {
    this.#target = target
    return new Promise((resolve, reject) => {
      this.#reached = resolve
      this.#failed = reject
      if (this.#failure !== undefined) reject(this.#failure.error)
    })
  }

  next(event: BenchEvent): void {
    if (!isEventAt(this.count, event)) {
      this.fail(new Error(`event ${this.count} was expected, ${JSON.stringify(event)} came`))
    } else if (++this.count === this.#target) {
      this.#reached(now())
    }
  }
}
