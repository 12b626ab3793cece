import { type Client, createClient } from '@wirepact/client'
import { webSocketSource } from '@wirepact/peer/node'
import { connect as connectRaw, type NodeWebSocket } from '@wirepact/websocket/node'
import { hose, sharedNow } from './hose.ts'

export const policies = ['catchup', 'latest', 'drop', 'close'] as const
export type Policy = (typeof policies)[number]

/** A subscriber over a real socket that can be stopped from being read. */
export class HoseClient {
  readonly policy: Policy
  readonly #client: Client<typeof hose>
  #socket: NodeWebSocket | undefined
  readonly ready: Promise<void>
  /** From publishing to hearing, in ms: of what came while the others stood still, and while they caught up. */
  readonly latencies = { still: [] as number[], catchingUp: [] as number[] }
  readonly gaps: { readonly reason: string; readonly from: number; readonly to: number }[] = []
  readonly ended: string[] = []
  /** It came back while the log had all that it missed. */
  brief = false
  /** The number of the newest event there was. */
  newest = 0
  heard = 0
  first = 0
  last = 0
  /** Events that came again or out of order. */
  wrong = 0
  /** Events that did not come although nothing said so. */
  holes = 0
  dropped = 0
  connections = 0
  /** Which latencies are being noted. */
  measuring: 'still' | 'catchingUp' | undefined

  constructor(url: string, policy: Policy, heavy: boolean) {
    this.policy = policy
    this.#client = createClient(
      hose,
      async () => {
        const socket = await connectRaw(url, { protocols: ['wirepact.1'] })
        this.#socket = socket
        this.connections++
        return webSocketSource(socket, { encoding: 'binary', hardCapBytes: 64 * 1024 * 1024 })
      },
      { report: () => {}, reconnect: { baseMs: 50, capMs: 500, firstMs: 50 } },
    )
    let excused = 0
    const subscription = this.#client.events.filler.subscribe(
      {
        next: ({ n, at }) => {
          if (this.measuring !== undefined) this.latencies[this.measuring].push(sharedNow() - at)
          this.heard++
          if (this.first === 0) this.first = n
          else if (n <= this.last) this.wrong++
          else if (policy !== 'latest') this.holes += Math.max(0, n - this.last - 1 - excused)
          this.last = n
          excused = 0
        },
        dropped: (count) => {
          this.dropped += count
          excused += count
        },
        gap: (gap) => {
          this.gaps.push(gap)
          excused += gap.to - gap.from
        },
        // Without an error we ended it ourselves.
        ended: (error) => void (error && this.ended.push(error.code)),
      },
      { whenSlow: policy },
    )
    if (heavy) this.#client.events.ballast.subscribe({ next() {} })
    this.ready = subscription.ready
  }

  stop(): void {
    this.#socket?.pause()
  }

  go(): void {
    this.#socket?.resume()
  }

  /** It has the newest event, or will hear none any more. */
  get done(): boolean {
    return this.last === this.newest || this.ended.length > 0
  }

  close(): Promise<void> {
    return this.#client.close()
  }
}

/** Of a run, over all that were measured. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
