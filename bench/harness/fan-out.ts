import { connections } from './connections.ts'
import { eventAt, isEventAt } from './shapes.ts'
import type { SubjectServer } from './subject.ts'
import type { Run, Work } from './workload.ts'

interface Lot {
  readonly from: number
  readonly count: number
}

/** In the server's process. */
export function publish(server: SubjectServer, { from, count }: Lot): void {
  const push = server.publish!.bind(server)
  for (let id = from; id < from + count; id++) push(eventAt(id))
}

/** Many connections with a subscription each; every event must reach all of them, in order. */
export class FanOut {
  readonly #run: Run
  #connections = 0
  #published = 0
  #outstanding = 0
  #arrived: () => void = () => {}
  #failed: (error: unknown) => void = () => {}
  #failure: { readonly error: unknown } | undefined

  private constructor(run: Run) {
    this.#run = run
  }

  static async of(run: Run, connections: number): Promise<FanOut> {
    const fanOut = new FanOut(run)
    await fanOut.#subscribe(run.client)
    await fanOut.growTo(connections)
    return fanOut
  }

  /** To so many connections, which must not be fewer than there are. */
  async growTo(count: number): Promise<void> {
    await connections(this.#run.connect, count - this.#connections, (client) => this.#subscribe(client))
  }

  /** Publishes so many at once, again and again, each time when all have arrived. */
  async pushUntil(atOnce: number, milliseconds: number): Promise<Work> {
    const started = performance.now()
    const until = started + milliseconds
    let amount = 0
    while (amount === 0 || performance.now() < until) {
      await this.#push(atOnce)
      amount += atOnce * this.#connections
    }
    return { amount, seconds: (performance.now() - started) / 1000 }
  }

  async #push(count: number): Promise<void> {
    const from = this.#published
    this.#published += count
    this.#outstanding = count * this.#connections
    const arrived = new Promise<void>((resolve, reject) => {
      this.#arrived = resolve
      this.#failed = reject
      if (this.#failure !== undefined) reject(this.#failure.error)
    })
    await Promise.all([this.#run.server('publish', { from, count } satisfies Lot), arrived])
  }

  #subscribe(client: Run['client']): Promise<void> {
    let expected = this.#published
    this.#connections++
    return client.subscribe!(
      (event) => {
        if (!isEventAt(expected, event)) {
          this.#fail(new Error(`event ${expected} was expected, ${JSON.stringify(event)} came`))
        } else {
          expected++
          if (--this.#outstanding === 0) this.#arrived()
        }
      },
      (error) => this.#fail(error),
    )
  }

  #fail(error: unknown): void {
    this.#failure ??= { error }
    this.#failed(error)
  }
}
