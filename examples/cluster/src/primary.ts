import cluster, { type Worker } from 'node:cluster'
import { once } from 'node:events'

/** How long to wait before a process that died is replaced, in ms: one that cannot start must not be tried at full speed. */
const restMs = 500

/** Starts the processes that serve, replaces those that die, and renews them without anybody noticing. */
export class Primary {
  readonly #workers = new Set<Worker>()
  #renewing: Promise<void> = Promise.resolve()
  #closing = false

  /** @param script what the processes run */
  constructor(script: string) {
    cluster.setupPrimary({ exec: script, args: [] })
  }

  /** @throws Error when one ends before it listens */
  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#fork()))
  }

  /** Replaces every process, one after the other: the next listens before the old one stops to. */
  renew(): Promise<void> {
    this.#renewing = this.#renewing.then(async () => {
      for (const old of [...this.#workers]) {
        if (this.#closing) return
        await this.#fork()
        await this.#dismiss(old)
      }
    })
    return this.#renewing
  }

  /** Ends all of them, each as soon as its clients are done. */
  async close(): Promise<void> {
    this.#closing = true
    await Promise.all([...this.#workers].map((worker) => this.#dismiss(worker)))
  }

  async #fork(): Promise<void> {
    const worker = cluster.fork()
    const ended = once(worker, 'exit')
    const ready = once(worker, 'message')
    if ((await Promise.race([ready.then(() => 'ready'), ended.then(() => 'ended')])) === 'ended')
      throw new Error(`process ${worker.process.pid} ended before it listened`)
    this.#workers.add(worker)
    void ended.then(() => this.#replace(worker))
  }

  #replace(worker: Worker): void {
    // Whoever was dismissed is not among them any more.
    if (!this.#workers.delete(worker) || this.#closing) return
    const again = () => this.#fork().catch(() => setTimeout(again, restMs))
    setTimeout(again, restMs)
  }

  async #dismiss(worker: Worker): Promise<void> {
    this.#workers.delete(worker)
    if (worker.isDead()) return
    const ended = once(worker, 'exit')
    worker.send('leave')
    await ended
  }
}
