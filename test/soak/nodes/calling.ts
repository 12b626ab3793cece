import { setTimeout as delay } from 'node:timers/promises'
import type { CallOptions } from '@wirepact/client'
import type { Hearer } from './hearer.ts'

/** How calls may end when a node dies. Everything else is a fault. */
const outcomes = ['connection-lost', 'indeterminate', 'deadline-exceeded', 'unavailable']
const deadlineMs = { work: 5_000, once: 15_000, commit: 3_000 }
type What = 'work' | 'once' | 'commit'

/** Calls of every kind by several clients, and how they ended. */
export class Calling {
  made = 0
  /** Calls that settled later than a second after their deadline. */
  late = 0
  readonly answered = new Set<string>()
  /** How calls failed, by kind and code. */
  readonly failed = new Map<string, number>()
  readonly wrong: string[] = []
  readonly #loops: Promise<void>[]
  #next = 1
  #over = false

  /** `perSecond`: of all clients together, as far as their calls are done in time. */
  constructor(hearers: readonly Hearer[], perSecond: number) {
    const periodMs = (1_000 * hearers.length) / perSecond
    this.#loops = hearers.map((hearer, index) => this.#loop(hearer, index, periodMs))
  }

  async stop(): Promise<void> {
    this.#over = true
    await Promise.all(this.#loops)
  }

  get failures(): number {
    let count = 0
    for (const each of this.failed.values()) count += each
    return count
  }

  get words(): string {
    return [...this.failed].map(([how, count]) => `${how} ${count}`).join(', ')
  }

  async #loop({ client }: Hearer, index: number, periodMs: number): Promise<void> {
    const kinds: What[] = ['work', 'once', 'commit', 'commit']
    const began = performance.now()
    for (let turn = index; !this.#over; turn++) {
      const what = kinds[turn % kinds.length] ?? 'work'
      const n = this.#next++
      const ms = turn % 5 === 0 ? 200 : 5
      if (what !== 'commit') await this.#call(client, what, n, ms, what === 'once' ? { key: `once ${n}` } : {})
      else {
        // As somebody does who has to know: by another key each time, because the effect has a number of its own.
        for (let tries = 1; !(await this.#call(client, what, n, ms, { key: `commit ${n} ${tries}` })); tries++)
          await delay(50)
      }
      await delay(Math.max(0, began + (turn - index + 1) * periodMs - performance.now()))
    }
  }

  async #call(client: Hearer['client'], what: What, n: number, ms: number, options: CallOptions): Promise<boolean> {
    const timeoutMs = deadlineMs[what]
    const began = performance.now()
    this.made++
    try {
      const answer = await client.api[what]({ n, ms }, { ...options, timeoutMs })
      if (answer !== n) this.wrong.push(`${what} ${n} answered ${answer}`)
      this.answered.add(`${what} ${n}`)
      return true
    } catch (error) {
      const { code, mayHaveRun, message } = error as { code: string; mayHaveRun?: boolean; message: string }
      const how = `${what} ${code}`
      this.failed.set(how, (this.failed.get(how) ?? 0) + 1)
      if (!outcomes.includes(code)) this.wrong.push(`${what} ${n}: ${code} ${message}`)
      if (code === 'connection-lost' && mayHaveRun !== true)
        this.wrong.push(`${what} ${n}: lost, and it may not have run`)
      return false
    } finally {
      if (performance.now() - began > timeoutMs + 1_000) this.late++
    }
  }
}
