import { describeIssues, type Issue, type MethodEntry, type Validation, validate } from '@wirepact/contract'
import {
  CallTable,
  closeCode,
  defaultTimeoutMs,
  type Failure,
  type Session,
  type SessionStreams,
  type ValueEncoder,
  WirepactError,
} from '@wirepact/protocol'
import { AnsweredStream, InvalidItem } from './answered-stream.ts'
import type { Answering, AnsweringOptions } from './answers.ts'
import { incompatible, tooMany, unimplemented } from './call-refusals.ts'
import { Alarm } from './clock.ts'
import type { MethodShapes } from './contract-shapes.ts'
import { failureOf, invalidInput } from './failure.ts'
import { Invocation } from './invocation.ts'
import { isThenable, UnsendableItem } from './item-pump.ts'
import type { KeyedCalls, Outcome } from './keyed-calls.ts'

type Handler = (invocation: Invocation) => unknown
type Middleware = (invocation: Invocation, next: () => Promise<unknown>) => unknown

/**
 * Runs the other side's calls: finds the handler, parses the input, runs middleware and handler, parses the output,
 * answers. Every call is answered exactly once, unless its caller gave it up or the session ended.
 */
export class Dispatcher implements Answering {
  readonly #options: AnsweringOptions
  readonly #session: Session
  readonly #running = new CallTable<Invocation>()
  /** Those of them that are streams. */
  #streams = 0
  /** Notifications that are being handled. */
  #notified: Set<Invocation> | undefined
  #alarm: Alarm | undefined

  constructor(session: Session, options: AnsweringOptions) {
    this.#options = options
    this.#session = session
  }

  /** Handlers that run now. */
  get running(): number {
    return this.#running.size
  }

  call(
    id: number,
    method: number | string,
    input: unknown,
    timeoutMs: number | undefined,
    key?: string,
    laid?: true,
  ): void {
    const entry = this.#find(method)
    const isStream = entry?.kind !== 'call'
    if (entry === undefined || entry.kind === 'notify' || (isStream && this.#session.streams === undefined))
      return this.#answer(id, unimplemented(method))
    if (this.#options.difference.of(entry) === 'version') return this.#answer(id, incompatible(entry))
    const refusal = this.#full(entry)
    if (refusal !== undefined) return this.#answer(id, refusal)
    const invocation = this.#invocation(entry, id, input, timeoutMs)
    if (key !== undefined && entry.kind === 'call' && this.#options.keyed !== undefined) {
      void this.#once(invocation, key, this.#options.keyed)
      return
    }
    if (isStream) this.#stream(invocation)
    try {
      const parsed = this.#parse(entry, input, laid)
      if (parsed instanceof Promise) {
        this.#wait(
          invocation,
          parsed.then((outcome) => this.#invoke(this.#checked(invocation, outcome))),
        )
      } else this.#run(this.#checked(invocation, parsed))
    } catch (error) {
      this.#fail(invocation, error)
    }
  }

  #full({ kind }: MethodEntry): Failure | undefined {
    const { maxRunning, maxStreams = 128 } = this.#options
    if (kind === 'call') {
      return this.#running.size - this.#streams < maxRunning
        ? undefined
        : tooMany(`${maxRunning} calls are running already (callsInFlight)`)
    }
    return this.#streams < maxStreams ? undefined : tooMany(`${maxStreams} streams are open already (streams)`)
  }

  #stream(invocation: Invocation): void {
    const { entry, id } = invocation
    this.#streams++
    // Without streams it would not have come so far.
    const streams = this.#session.streams as SessionStreams
    invocation.stream = new AnsweredStream(streams, entry, id, this.#options.difference.of(entry) === 'shape')
  }

  notify(method: number | string, input: unknown, laid?: true): void {
    const entry = this.#find(method)
    if (entry === undefined || entry.kind !== 'notify') return
    const invocation = this.#invocation(entry, 0, input, 0)
    const failed = (error: unknown) => {
      this.#notified?.delete(invocation)
      this.#options.incidents.report('notification-failed', entry.name, error)
    }
    this.#notified ??= new Set()
    const notified = this.#notified
    if (notified.size >= this.#options.maxRunning) return failed(new Error('too many notifications are being handled'))
    const handle = (outcome: Validation) => this.#invoke(this.#checked(invocation, outcome))
    try {
      const parsed = this.#parse(entry, input, laid)
      const ran = parsed instanceof Promise ? parsed.then(handle) : handle(parsed)
      if (!isThenable(ran)) return
      notified.add(invocation)
      ran.then(() => notified.delete(invocation), failed)
    } catch (error) {
      failed(error)
    }
  }

  /** The caller does not want the answer any more. The slot is free when the handler settles, not now. */
  cancel(id: number): void {
    this.#running.get(id)?.cancel(new WirepactError('cancelled', 'the call was cancelled'))
  }

  /** The session is over: every handler's signal is aborted; nothing is answered. */
  end(): void {
    this.#alarm?.clear()
    const ended = new WirepactError('connection-lost', 'the session ended')
    this.#running.visit((invocation) => invocation.cancel(ended))
    if (this.#notified !== undefined) for (const invocation of this.#notified) invocation.cancel(ended)
  }

  #find(method: number | string): MethodEntry | undefined {
    const { methods } = this.#options.implementation
    if (typeof method === 'number') return methods[method]
    return methods.find(({ name }) => name === method)
  }

  #invocation(entry: MethodEntry, id: number, input: unknown, timeoutMs: number | undefined): Invocation {
    const { clock, connection, owner } = this.#options
    const wait = timeoutMs ?? defaultTimeoutMs
    const deadline = wait === 0 ? undefined : wait
    return new Invocation(clock, entry, id, input, owner.context, connection, deadline)
  }

  #parse(entry: MethodEntry, input: unknown, laid?: true): Validation | Promise<Validation> {
    const schema = entry.definition.input
    // Reading it was all the parsing that there is.
    if (laid === true && this.#shapes(entry)?.input?.exact === true) return { value: input }
    if (schema !== undefined) return validate(schema, input)
    if (input === undefined || input === null) return nothing
    return { issues: [{ message: 'it takes none' }] }
  }

  #checked(invocation: Invocation, outcome: Validation): Invocation {
    const { entry } = invocation
    if (outcome.issues !== undefined)
      throw invalidInput(entry, outcome.issues, this.#options.difference.of(entry) === 'shape')
    invocation.input = outcome.value
    return invocation
  }

  #run(invocation: Invocation): void {
    const outcome = this.#invoke(invocation)
    if (isThenable(outcome)) this.#wait(invocation, outcome)
    else this.#finish(invocation, outcome)
  }

  #invoke(invocation: Invocation): unknown {
    const { handlers, middleware } = this.#options.implementation
    const handler = handlers[invocation.entry.index] as Handler
    const { stream } = invocation
    if (middleware.length === 0) return stream === undefined ? handler(invocation) : stream.answer(handler(invocation))
    const step = async (index: number): Promise<unknown> => {
      const around = middleware[index] as Middleware | undefined
      return around === undefined ? handler(invocation) : around(invocation, () => step(index + 1))
    }
    return stream === undefined ? step(0) : stream.answer(step(0))
  }

  // What runs belongs to its key, not to one caller: it goes on whoever stops waiting, so that how it ended is known.
  async #once(invocation: Invocation, key: string, keyed: KeyedCalls): Promise<void> {
    const { entry, id, input, context, connection, deadline } = invocation
    let outcome: Outcome
    this.#hold(invocation)
    try {
      // An input that does not fit uses up no key.
      this.#checked(invocation, await this.#parse(entry, input))
      const run = new Invocation(this.#options.clock, entry, id, invocation.input, context, connection, deadline)
      outcome = await keyed.settle(entry, key, input, () => this.#outcome(run))
    } catch (error) {
      outcome = { failure: failureOf(entry, error, this.#options.incidents) }
    }
    this.#running.take(id)
    if (invocation.cancelled !== undefined) return
    if ('failure' in outcome) this.#answer(id, outcome.failure)
    else this.#result(invocation, outcome.output)
  }

  async #outcome(run: Invocation): Promise<Outcome> {
    const { entry } = run
    try {
      const output = await this.#invoke(run)
      if (output instanceof WirepactError) throw output
      const schema = entry.definition.output
      const parsed = schema === undefined ? nothing : await validate(schema, output)
      return parsed.issues === undefined ? { output: parsed.value } : { failure: this.#badOutput(entry, parsed.issues) }
    } catch (error) {
      return { failure: failureOf(entry, error, this.#options.incidents) }
    }
  }

  #hold(invocation: Invocation): void {
    this.#running.set(invocation.id, invocation)
    const { deadline } = invocation
    if (deadline === undefined) return
    invocation.expiresAt = this.#options.clock.now() + deadline
    this.#alarm ??= new Alarm(this.#options.clock, (now) => this.#onAlarm(now))
    this.#alarm.wakeAt(invocation.expiresAt)
  }

  #wait(invocation: Invocation, outcome: PromiseLike<unknown>): void {
    this.#hold(invocation)
    outcome.then(
      (value) => {
        this.#running.take(invocation.id)
        this.#finish(invocation, value)
      },
      (error) => {
        this.#running.take(invocation.id)
        this.#fail(invocation, error)
      },
    )
  }

  /** The handler has settled. */
  #release(invocation: Invocation): void {
    if (invocation.stream === undefined) return
    this.#streams--
    invocation.stream.close()
    invocation.stream = undefined
  }

  #finish(invocation: Invocation, output: unknown): void {
    this.#release(invocation)
    if (invocation.cancelled !== undefined) return
    if (output instanceof WirepactError) return this.#fail(invocation, output)
    const { entry, id } = invocation
    try {
      const schema = entry.definition.output
      if (schema === undefined) return void this.#session.result(id, undefined)
      // What fits the shape is what the schema allows; what does not is told why.
      const shape = this.#shapes(entry)?.output
      if (shape?.exact === true && this.#result(invocation, output, shape.laid, true)) return
      const parsed = validate(schema, output)
      if (parsed instanceof Promise) {
        parsed.then((outcome) => this.#reply(invocation, outcome)).catch((error) => this.#fail(invocation, error))
      } else this.#reply(invocation, parsed)
    } catch (error) {
      this.#fail(invocation, error)
    }
  }

  #reply(invocation: Invocation, outcome: Validation): void {
    const { entry } = invocation
    if (outcome.issues === undefined)
      return void this.#result(invocation, outcome.value, this.#shapes(entry)?.output?.writes)
    this.#answer(invocation.id, this.#badOutput(invocation.entry, outcome.issues))
  }

  #badOutput(entry: MethodEntry, issues: readonly Issue[]): Failure {
    const message = `${entry.name} returned what its contract does not allow: ${describeIssues(issues)}`
    return this.#options.incidents.internal('output-invalid', entry.name, new TypeError(message))
  }

  #result({ entry, id }: Invocation, output: unknown, laid?: ValueEncoder, mustFit?: boolean): boolean {
    try {
      return this.#session.result(id, output, laid, mustFit)
    } catch (error) {
      this.#answer(id, this.#unsendable(entry, error))
      return true
    }
  }

  #shapes(entry: MethodEntry): MethodShapes | undefined {
    return this.#options.difference.implemented?.(entry)
  }

  #unsendable(entry: MethodEntry, error: unknown): Failure {
    const failure = this.#options.incidents.internal('output-unsendable', entry.name, error)
    const tooLarge = error instanceof WirepactError && error.code === 'message-too-large'
    return tooLarge ? { code: error.code, message: error.message } : failure
  }

  #fail(invocation: Invocation, error: unknown): void {
    this.#release(invocation)
    if (invocation.cancelled === undefined) this.#answer(invocation.id, this.#failure(invocation.entry, error))
  }

  #failure(entry: MethodEntry, error: unknown): Failure {
    const { incidents } = this.#options
    if (error instanceof UnsendableItem) return this.#unsendable(entry, error.cause)
    if (error instanceof InvalidItem) return incidents.internal('output-invalid', entry.name, error)
    return failureOf(entry, error, incidents)
  }

  #answer(id: number, failure: Failure): void {
    if (this.#session.phase === 'ended') return
    try {
      this.#session.error(id, failure)
    } catch (error) {
      // The failure itself could not be sent (data too large, or not a wire value): the caller still gets an answer.
      this.#answerBriefly(id, this.#options.incidents.internal('output-unsendable', failure.code, error))
    }
  }

  #answerBriefly(id: number, failure: Failure): void {
    try {
      this.#session.error(id, failure)
    } catch {
      this.#session.violate('not even an error fits into what this side accepts', closeCode.messageTooLarge)
    }
  }

  #onAlarm(now: number): void {
    let next = Number.POSITIVE_INFINITY
    this.#running.visit((invocation) => {
      if (invocation.cancelled !== undefined || invocation.expiresAt === 0) return
      if (invocation.expiresAt > now) next = Math.min(next, invocation.expiresAt)
      else invocation.cancel(new WirepactError('deadline-exceeded', 'the deadline passed'))
    })
    this.#alarm?.wakeAt(next)
  }
}

const nothing: Validation = { value: undefined }
