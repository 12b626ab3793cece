import { CallTable } from './call-table.ts'
import { DeadlineScan } from './deadline.ts'
import { defaultTimeoutMs, type PendingCall, type UnsettledCall } from './session-port.ts'

/** The calls that one side of a session has made and that have no answer yet. */
export class PendingCalls {
  /** The id of the next call: they rise by one. */
  nextId = 1
  readonly #table = new CallTable<Pending>()
  readonly #deadlines = new DeadlineScan()

  get size(): number {
    return this.#table.size
  }

  /** When the next deadline passes (ms, the session's clock); Infinity when none is pending. */
  get nextDeadline(): number {
    return this.#deadlines.next
  }

  /** Adds the call that has the id `nextId`, as message number `sequence` of its session. */
  add(call: PendingCall, now: number, timeoutMs: number | undefined, sequence: number): void {
    const deadline = this.#deadlines.add(now, timeoutMs ?? defaultTimeoutMs)
    this.#table.set(this.nextId++, { call, deadline, sequence })
  }

  /** Whether there ever was a call with this id. */
  made(id: number): boolean {
    return id > 0 && id < this.nextId
  }

  /** Takes a call out; undefined when it has settled already, or was never made. */
  take(id: number): PendingCall | undefined {
    return this.#table.take(id)?.call
  }

  /** A call that has not settled. */
  get(id: number): PendingCall | undefined {
    return this.#table.get(id)?.call
  }

  /** Visits each call whose deadline has passed; a visit may take out this call and others. */
  expire(now: number, each: (id: number, call: PendingCall) => void): void {
    if (now < this.#deadlines.next) return
    this.#deadlines.begin()
    this.#table.visit(({ call, deadline }, id) => {
      if (deadline > now) this.#deadlines.keep(deadline)
      else each(id, call)
    })
  }

  /** Takes all calls out, lowest id first. Those whose message is not above `reached` may have run. */
  leave(reached: number): UnsettledCall[] {
    const left: UnsettledCall[] = []
    this.#table.visit(({ call, sequence }) => left.push({ call, mayHaveRun: sequence <= reached }))
    this.#table.clear()
    this.#deadlines.begin()
    return left
  }
}

interface Pending {
  readonly call: PendingCall
  readonly deadline: number
  readonly sequence: number
}
