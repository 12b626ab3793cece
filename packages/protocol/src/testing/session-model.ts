import type { SessionEnd } from './session-end.ts'

/** What two ends of one session are to each other, whatever lies between them. */
export interface Pair {
  readonly client: SessionEnd
  readonly server: SessionEnd
}

interface Call {
  readonly label: number
  readonly idempotent: boolean
  runs: number
  outcome: string | undefined
}

/**
 * The reference: what a session promises, without any of how. Each direction is a list; the other end has a beginning
 * of it, nothing else. A call has one outcome and, unless it is idempotent, runs once at most.
 */
export class SessionModel {
  readonly calls: Call[] = []
  readonly violations: string[] = []

  make(idempotent: boolean): Call {
    const call: Call = { label: this.calls.length, idempotent, runs: 0, outcome: undefined }
    this.calls.push(call)
    return call
  }

  ran(label: number): void {
    const call = this.calls[label]
    if (call === undefined) return this.#violated(`a handler ran for call ${label}, which nobody made`)
    call.runs++
    if (call.runs > 1 && !call.idempotent) this.#violated(`call ${label} ran ${call.runs} times`)
  }

  settle(label: number, outcome: string): void {
    const call = this.calls[label] as Call
    if (call.outcome !== undefined) this.#violated(`call ${label} settled as ${call.outcome} and as ${outcome}`)
    call.outcome = outcome
    if (outcome === 'answered' && call.runs === 0) this.#violated(`call ${label} was answered and never ran`)
  }

  /** The call is made again on another session, because it cannot have run or because that does no harm. */
  again(label: number): void {
    const call = this.calls[label] as Call
    if (call.runs > 0 && !call.idempotent) this.#violated(`call ${label} was said not to have run, but did`)
  }

  /** Order, at-most-once, and the bounds of what is acknowledged: acked ≤ received ≤ sent. */
  check({ client, server }: Pair): void {
    this.#direction('to the server', client, server)
    this.#direction('to the client', server, client)
  }

  /** After a time without faults nothing is on its way or unanswered. */
  checkQuiet(pair: Pair | undefined): void {
    for (const call of this.calls) if (call.outcome === undefined) this.#violated(`call ${call.label} never settled`)
    if (pair === undefined) return
    for (const [from, to] of [
      [pair.client, pair.server],
      [pair.server, pair.client],
    ] as const) {
      const { length } = from.issued
      if (to.taken.length !== length) this.#violated(`${length} messages were issued, ${to.taken.length} arrived`)
    }
  }

  #direction(name: string, from: SessionEnd, to: SessionEnd): void {
    const last = to.taken.length - 1
    // Every step checks the newest; the ones before it were the newest once.
    if (last >= 0 && to.taken[last] !== from.issued[last])
      this.#violated(`${name}: message ${last} is ${to.taken[last]}, not ${from.issued[last]}`)
    if (to.session.received !== to.taken.length) this.#violated(`${name}: it counts ${to.session.received} messages`)
    if (from.session.phase !== 'ended' && !from.session.canResume(to.session.received))
      this.#violated(`${name}: ${to.session.received} received, which its sender calls impossible`)
    for (const [end, code] of [...from.violations, ...to.violations].entries())
      if (code !== 4460) this.#violated(`${name}: violation ${code} (${end})`)
  }

  #violated(what: string): void {
    this.violations.push(what)
  }
}
