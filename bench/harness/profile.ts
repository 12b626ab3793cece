import { Session } from 'node:inspector/promises'
import { setPriority } from 'node:os'

/** `cpu`: where time goes. `allocations`: who makes garbage. */
export type ProfileKind = 'cpu' | 'allocations'

/** What the engine recorded, as JSON: the formats of `.cpuprofile` and `.heapprofile` files. */
export interface RawProfile {
  readonly kind: ProfileKind
  readonly json: string
}

const CPU_INTERVAL_US = 200
const ALLOCATION_INTERVAL_BYTES = 8 * 1024

/** Profiles this process between two moments, so that starting up and warming up are no part of it. */
export class Profiling {
  readonly #session = new Session()
  #kind: ProfileKind = 'cpu'

  async start(kind: ProfileKind): Promise<void> {
    const session = this.#session
    this.#kind = kind
    session.connect()
    if (kind === 'cpu') {
      await session.post('Profiler.enable')
      await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US })
      await session.post('Profiler.start')
      // The thread that takes the samples shares our core. Unless it goes first it takes most of them when we sleep, and
      // the call before we sleep looks expensive. (On Linux this lowers the main thread alone.)
      setPriority(0, 10)
      return
    }
    await session.post('HeapProfiler.startSampling', {
      samplingInterval: ALLOCATION_INTERVAL_BYTES,
      // What was collected meanwhile is what garbage is.
      ...{ includeObjectsCollectedByMajorGC: true, includeObjectsCollectedByMinorGC: true },
    })
  }

  async stop(): Promise<RawProfile> {
    const command = this.#kind === 'cpu' ? 'Profiler.stop' : 'HeapProfiler.stopSampling'
    // The two commands have types of their own, which agree in what is used here.
    const { profile } = await (this.#session.post as (name: string) => Promise<{ profile: object }>).call(
      this.#session,
      command,
    )
    this.#session.disconnect()
    return { kind: this.#kind, json: JSON.stringify(profile) }
  }
}
