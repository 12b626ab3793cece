import type { MethodEntry } from '@wirepact/contract'
import {
  type CallErrorCode,
  DeadlineScan,
  defaultTimeoutMs,
  type Session,
  type UnsettledCall,
  WirepactError,
} from '@wirepact/protocol'
import { abortedSignal, timeoutOf } from './call-time.ts'
import { Alarm, type Clock } from './clock.ts'
import type { MethodShapes } from './contract-shapes.ts'
import { type CallOptions, type CallOwner, type CallStream, OutgoingCall } from './outgoing-call.ts'

/** How the methods we call are known to the other side (its contract may differ from ours). */
export interface Numbering {
  /** The other side's number of our method, or why it cannot be called. */
  numberOf(entry: MethodEntry): number | WirepactError<string>
  /** How its values are laid out, where it has the same shapes there. @default they are not */
  shapesOfCalled?(entry: MethodEntry): MethodShapes | undefined
}

export interface CallerOptions {
  readonly clock: Clock
  /** Deadline of calls that name none, in ms. @default 30,000 */
  readonly timeoutMs?: number | undefined
  /** Calls that may wait for a connection or a free slot. @default 10,000 */
  readonly maxQueued?: number | undefined
  /** What a call is told when no session can carry it and none is coming; undefined: it waits. */
  readonly unavailable?: () => WirepactError<string> | undefined
}

/**
 * Makes calls, on whatever session there is. A call made while none can carry it waits, in order, until its deadline;
 * one whose session was lost is sent again where that cannot run it twice, and otherwise says that it may have run.
 *
 * When another session takes the place of one that still stands, new calls go there, and the old one settles what it
 * carries: a call belongs to one session from when it was sent, and ids say nothing beyond their session.
 */
export class Caller implements CallOwner {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #maxQueued: number
  readonly #unavailable: () => WirepactError<string> | undefined
  readonly #deadlines = new DeadlineScan()
  readonly #alarm: Alarm
  #queue: OutgoingCall[] = []
  /** Where the queue begins: taking from the front of an array costs its whole length. */
  #head = 0
  /** Waiting calls that have not settled. */
  #queued = 0
  /** Where new calls go. */
  #session: Session | undefined
  /** Sessions that another has replaced, until they end. */
  readonly #left = new Set<Session>()
  /** Waiting notifications: one that came later must not overtake them. */
  #waitingNotes = 0
  #numbering: Numbering | undefined
  #maxInFlight = 0
  #keys: string | undefined
  #keyMs = 0

  constructor(options: CallerOptions) {
    this.#clock = options.clock
    this.#timeoutMs = options.timeoutMs ?? defaultTimeoutMs
    this.#maxQueued = options.maxQueued ?? 10_000
    this.#unavailable = options.unavailable ?? (() => undefined)
    this.#alarm = new Alarm(options.clock, (now) => this.#onAlarm(now))
  }

  /** Calls without an answer: in flight and waiting. */
  get pending(): number {
    let pending = this.#queued + (this.#session?.callsInFlight ?? 0)
    for (const { callsInFlight } of this.#left) pending += callsInFlight
    return pending
  }

  /** Calls one method. The promise settles whatever happens. */
  invoke(entry: MethodEntry, input: unknown, options?: CallOptions): Promise<unknown> {
    const aborted = abortedSignal(options)
    if (aborted !== undefined) return Promise.reject(neverSent(entry, aborted))
    if (entry.kind === 'notify') {
      const sent = this.#notify(entry, input, options)
      // Nobody waits for a notification as a rule: a promise that was forgotten must not end the process.
      sent.catch(() => {})
      return sent
    }
    return this.#begin(entry, input, options)
  }

  #begin(entry: MethodEntry, input: unknown, options: CallOptions | undefined): Promise<unknown> {
    const timeoutMs = timeoutOf(options, this.#timeoutMs)
    if (timeoutMs === undefined) return Promise.reject(new TypeError('timeoutMs must be 0 or more'))
    return new Promise((resolve, reject) => {
      const deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : this.#clock.now() + timeoutMs
      this.#place(new OutgoingCall(this, entry, input, options, deadline, resolve, reject), timeoutMs)
    })
  }

  /** Calls a method with items. Without a deadline of its own it has none: nobody knows how long a stream is. */
  stream(entry: MethodEntry, input: unknown, options: CallOptions | undefined, stream: CallStream): OutgoingCall {
    const { signal, within } = options ?? {}
    const known = timeoutOf(options, 0)
    const timeoutMs = known ?? 0
    const deadline = timeoutMs === 0 ? Number.POSITIVE_INFINITY : this.#clock.now() + timeoutMs
    const call = new OutgoingCall(this, entry, input, { signal, within }, deadline)
    call.stream = stream
    const aborted = abortedSignal(options)
    if (aborted !== undefined) this.#refuse(call, neverSent(entry, aborted))
    else if (known === undefined) this.#refuse(call, new TypeError('timeoutMs must be 0 or more'))
    else this.#place(call, timeoutMs)
    return call
  }

  /**
   * A session can carry calls: sends what waited. `keys` names what remembers keys there, for `keyMs` each. The session
   * before it, if that still stands, goes on with what it carries.
   */
  open(session: Session, numbering: Numbering, maxInFlight: number, keys?: string, keyMs = 0): void {
    const before = this.#session
    if (before !== undefined && before !== session) this.#left.add(before)
    this.#session = session
    this.#numbering = numbering
    this.#maxInFlight = maxInFlight
    this.#keys = keys
    this.#keyMs = keyMs
    this.#drain()
  }

  /** The session is about to be left, and no other stands: what is in flight goes on, what comes waits for the next. */
  hold(): void {
    this.#maxInFlight = 0
  }

  /** A session has ended, and left calls unanswered. */
  lost(unsettled: readonly UnsettledCall[], because: string): void {
    if (this.#session?.phase === 'ended') this.#session = undefined
    for (const session of this.#left) if (session.phase === 'ended') this.#left.delete(session)
    const again: OutgoingCall[] = []
    for (const { call, mayHaveRun } of unsettled) {
      const ours = call as OutgoingCall
      if (!mayHaveRun) ours.remembered = undefined
      // What a stream has brought cannot be taken back.
      const isSafe = ours.stream === undefined && (ours.entry.idempotent || ours.remembered !== undefined)
      if (!mayHaveRun || isSafe) again.push(ours)
      else ours.reject(lostError(ours, because))
    }
    for (const call of again) call.leaveSession()
    // They were made before everything that waits, so they go before it.
    this.#queue = [...again, ...this.#takeWaiting()]
    this.#queued += again.length
    for (const call of again) this.#watch(call)
    // Another session may stand already.
    this.resume()
  }

  /** No session will come any more: everything that waits fails. */
  close(error: (call: OutgoingCall) => WirepactError<string>): void {
    this.#session = undefined
    this.#left.clear()
    this.#alarm.clear()
    this.refuseWaiting(error)
  }

  /** Fails every call that waits for a session. */
  refuseWaiting(error: (call: OutgoingCall) => WirepactError<string>): void {
    for (const call of this.#takeWaiting()) call.reject(error(call))
  }

  #takeWaiting(): OutgoingCall[] {
    const waiting = this.#queue.slice(this.#head)
    this.#queue = []
    this.#head = 0
    return waiting
  }

  /** The session has room again. */
  resume(): void {
    if (this.#queued > 0) this.#drain()
  }

  left(call: OutgoingCall): void {
    if (call.session === undefined) {
      this.#queued--
      if (call.entry.kind === 'notify') this.#waitingNotes--
      // Settled calls leave gaps in the line; when they are most of it, it is closed up.
      if (this.#queue.length > 2 * this.#queued + 1_024)
        this.#queue = this.#takeWaiting().filter(({ settled }) => !settled)
    } else if (this.#queued > 0) this.#drain()
  }

  // A notification needs no slot, so it does not wait for calls that do; only for a session, and for room in it.
  #notify(entry: MethodEntry, input: unknown, options: CallOptions | undefined): Promise<unknown> {
    const session = this.#session
    if (session === undefined || session.congested || this.#waitingNotes > 0) return this.#begin(entry, input, options)
    const number = (this.#numbering as Numbering).numberOf(entry)
    if (typeof number !== 'number') return Promise.reject(number)
    try {
      session.notify(number, input, this.#shapes(entry)?.input?.writes)
      return Promise.resolve()
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #place(call: OutgoingCall, timeoutMs: number): void {
    const session = this.#session
    if (session !== undefined && this.#queued === 0 && this.#takes(session)) {
      return this.#send(session, call, timeoutMs)
    }
    const refusal = session === undefined ? this.#unavailable() : undefined
    this.#count(call)
    if (refusal !== undefined) return call.reject(refusal)
    if (this.#queued > this.#maxQueued) {
      return call.reject(
        new WirepactError(
          'resource-exhausted',
          `${this.#maxQueued} calls are waiting already; ${call.entry.name} was not sent`,
        ),
      )
    }
    this.#queue.push(call)
    this.#watch(call)
  }

  #send(session: Session, call: OutgoingCall, timeoutMs: number): void {
    const number = (this.#numbering as Numbering).numberOf(call.entry)
    if (typeof number !== 'number') return this.#refuse(call, number)
    if (call.entry.kind === 'notify') return this.#sendNote(session, call, number)
    if (call.key !== undefined && !call.entry.idempotent && !this.#remembers(call))
      return this.#refuse(call, lostError(call, 'its key is not remembered any more', 'indeterminate'))
    try {
      const shapes = this.#shapes(call.entry)
      call.reads = shapes?.output?.laid
      // Who remembers a key compares inputs, and must see the same one when it is sent again to somebody else.
      call.writes = call.key === undefined ? shapes?.input?.writes : undefined
      const id = session.call(number, call.input, call, timeoutMs, call.key)
      // It may have been what overfilled the window: then the session has ended, and the call waits for another.
      if (this.#session !== session) return
      call.enterSession(session, id)
      this.#alarm.wakeAt(session.nextDeadline)
    } catch (error) {
      this.#refuse(call, error)
    }
  }

  #shapes(entry: MethodEntry): MethodShapes | undefined {
    return this.#numbering?.shapesOfCalled?.(entry)
  }

  #sendNote(session: Session, note: OutgoingCall, number: number): void {
    try {
      session.notify(number, note.input, this.#shapes(note.entry)?.input?.writes)
      this.#count(note)
      note.succeed(undefined)
    } catch (error) {
      this.#refuse(note, error)
    }
  }

  // A key stops a second run only where it is known: by whatever remembered it the first time, and only for so long.
  #remembers(call: OutgoingCall): boolean {
    const by = this.#keys
    const now = this.#clock.now()
    if (call.remembered !== undefined) return call.remembered.by === by && now < call.remembered.until
    if (by !== undefined) call.remembered = { by, until: now + this.#keyMs }
    return true
  }

  // A call that could not be encoded or has no method there was never sent: for `left` it counts as one that waited.
  #refuse(call: OutgoingCall, error: unknown): void {
    this.#count(call)
    call.reject(error)
  }

  #count(waiting: OutgoingCall): void {
    this.#queued++
    if (waiting.entry.kind === 'notify') this.#waitingNotes++
  }

  #drain(): void {
    const session = this.#session
    if (session === undefined) return
    while (this.#session === session && this.#head < this.#queue.length && this.#takes(session)) {
      const call = this.#queue[this.#head++] as OutgoingCall
      if (call.settled) continue
      this.#queued--
      if (call.entry.kind === 'notify') this.#waitingNotes--
      this.#send(session, call, this.#timeLeft(call))
    }
    if (this.#head === this.#queue.length || this.#head >= 1_024) this.#queue = this.#takeWaiting()
  }

  // A full window means that the other side has not acknowledged what was sent: more would only wait elsewhere.
  #takes(session: Session): boolean {
    return session.plainCallsInFlight < this.#maxInFlight && !session.congested
  }

  #timeLeft(call: OutgoingCall): number {
    if (call.deadline === Number.POSITIVE_INFINITY) return 0
    return Math.max(1, Math.ceil(call.deadline - this.#clock.now()))
  }

  #watch(call: OutgoingCall): void {
    if (call.deadline === Number.POSITIVE_INFINITY) return
    const now = this.#clock.now()
    this.#deadlines.add(now, Math.max(1, call.deadline - now))
    this.#alarm.wakeAt(this.#deadlines.next)
  }

  #onAlarm(now: number): void {
    this.#session?.onTimer(now)
    for (const session of this.#left) session.onTimer(now)
    this.#deadlines.begin()
    this.#queue = this.#takeWaiting().filter((call) => !call.settled)
    for (const call of this.#queue.slice()) {
      if (call.deadline > now) this.#deadlines.keep(call.deadline)
      else call.reject(new WirepactError('deadline-exceeded', `${notConnected(call.entry)} before its deadline`))
    }
    let next = Math.min(this.#deadlines.next, this.#session?.nextDeadline ?? Number.POSITIVE_INFINITY)
    for (const { nextDeadline } of this.#left) next = Math.min(next, nextDeadline)
    this.#alarm.wakeAt(next)
  }
}

function neverSent(entry: MethodEntry, signal: AbortSignal): WirepactError {
  return new WirepactError('cancelled', `${entry.name} was cancelled before it was sent`, { cause: signal.reason })
}

function notConnected(entry: MethodEntry): string {
  return `no connection to carry ${entry.name}`
}

function lostError(
  call: OutgoingCall,
  because: string,
  code: CallErrorCode = 'connection-lost',
): WirepactError<string> {
  return new WirepactError(
    code,
    `the connection was lost before ${call.entry.name} answered (${because}); it may have run`,
    {
      mayHaveRun: true,
    },
  )
}
