import { describeIssues, type MethodEntry, type Validation, validate } from '@wirepact/contract'
import { CallTable, defaultTimeoutMs, type Failure, type Session, WirepactError } from '@wirepact/protocol'
import { Alarm, type Clock } from './clock.ts'
import { failureOf, type Incidents, invalidInput } from './failure.ts'
import type { ContractDifference, Implementation } from './implementation.ts'
import { Invocation } from './invocation.ts'

export interface DispatcherOptions {
  readonly session: Session
  readonly implementation: Implementation
  readonly clock: Clock
  /** Handlers of the other side's calls that may run at once. */
  readonly maxRunning: number
  readonly incidents: Incidents
  readonly difference: ContractDifference
  readonly context: () => unknown
  readonly connection: unknown
}

type Handler = (invocation: Invocation) => unknown
type Middleware = (invocation: Invocation, next: () => Promise<unknown>) => unknown

/**
 * Runs the other side's calls: finds the handler, parses the input, runs middleware and handler, parses the output,
 * answers. Every call is answered exactly once, unless its caller gave it up or the session ended.
 */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #session: Session
  readonly #running = new CallTable<Invocation>()
  readonly #byName = new Map<string, number>()
  readonly #alarm: Alarm

  constructor(options: DispatcherOptions) {
    this.#options = options
    this.#session = options.session
    this.#alarm = new Alarm(options.clock, (now) => this.#onAlarm(now))
  }

  /** Handlers that run now. */
  get running(): number {
    return this.#running.size
  }

  call(id: number, method: number | string, input: unknown, timeoutMs: number | undefined): void {
    const entry = this.#find(method)
    if (entry === undefined || entry.kind === 'notify') return this.#answer(id, unimplemented(method))
    if (this.#options.difference.of(entry) === 'version') return this.#answer(id, incompatible(entry))
    if (this.#running.size >= this.#options.maxRunning) return this.#answer(id, tooMany(this.#options.maxRunning))
    const invocation = this.#invocation(entry, id, input, timeoutMs)
    try {
      const parsed = this.#parse(entry, input)
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

  notify(method: number | string, input: unknown): void {
    const entry = this.#find(method)
    if (entry === undefined || entry.kind !== 'notify') return
    const invocation = this.#invocation(entry, 0, input, 0)
    const failed = (error: unknown) => this.#options.incidents.report('notification-failed', entry.name, error)
    const handle = (outcome: Validation) => this.#invoke(this.#checked(invocation, outcome))
    try {
      const parsed = this.#parse(entry, input)
      const ran = parsed instanceof Promise ? parsed.then(handle) : handle(parsed)
      if (isThenable(ran)) ran.then(undefined, failed)
    } catch (error) {
      failed(error)
    }
  }

  /** The caller does not want the answer any more. The slot is free when the handler settles, not now. */
  cancel(id: number): void {
    this.#running.get(id)?.cancel(new WirepactError('cancelled', 'the caller cancelled the call'))
  }

  /** The session is over: every handler's signal is aborted; nothing is answered. */
  end(): void {
    this.#alarm.clear()
    this.#running.visit((invocation) => {
      invocation.cancel(new WirepactError('connection-lost', 'the session of the caller ended'))
    })
  }

  #find(method: number | string): MethodEntry | undefined {
    const { methods } = this.#options.implementation
    if (typeof method === 'number') return methods[method]
    // Names index a Map, never an object: `constructor` must not reach Function.
    if (this.#byName.size === 0) for (const entry of methods) this.#byName.set(entry.name, entry.index)
    const index = this.#byName.get(method)
    return index === undefined ? undefined : methods[index]
  }

  #invocation(entry: MethodEntry, id: number, input: unknown, timeoutMs: number | undefined): Invocation {
    const { context, connection } = this.#options
    const wait = timeoutMs ?? defaultTimeoutMs
    const deadline = wait === 0 ? undefined : wait
    return new Invocation(entry, id, input, context(), connection, deadline)
  }

  #parse(entry: MethodEntry, input: unknown): Validation | Promise<Validation> {
    const schema = entry.definition.input
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
    if (middleware.length === 0) return handler(invocation)
    const step = async (index: number): Promise<unknown> => {
      const around = middleware[index] as Middleware | undefined
      return around === undefined ? handler(invocation) : around(invocation, () => step(index + 1))
    }
    return step(0)
  }

  #wait(invocation: Invocation, outcome: PromiseLike<unknown>): void {
    this.#running.set(invocation.id, invocation)
    const { deadline } = invocation
    if (deadline !== undefined) {
      invocation.expiresAt = this.#options.clock.now() + deadline
      this.#alarm.wakeAt(invocation.expiresAt)
    }
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

  #finish(invocation: Invocation, output: unknown): void {
    if (invocation.cancelled !== undefined) return
    if (output instanceof WirepactError) return this.#fail(invocation, output)
    const { entry, id } = invocation
    try {
      const schema = entry.definition.output
      if (schema === undefined) return this.#session.result(id, undefined)
      const parsed = validate(schema, output)
      if (parsed instanceof Promise) {
        parsed.then((outcome) => this.#reply(invocation, outcome)).catch((error) => this.#fail(invocation, error))
      } else this.#reply(invocation, parsed)
    } catch (error) {
      this.#fail(invocation, error)
    }
  }

  #reply(invocation: Invocation, outcome: Validation): void {
    const { entry, id } = invocation
    if (outcome.issues !== undefined) {
      const message = `the handler of ${entry.name} returned what its contract does not allow: ${describeIssues(outcome.issues)}`
      return this.#answer(id, this.#options.incidents.internal('output-invalid', entry.name, new TypeError(message)))
    }
    try {
      this.#session.result(id, outcome.value)
    } catch (error) {
      this.#answer(id, this.#options.incidents.internal('output-unsendable', entry.name, error))
    }
  }

  #fail(invocation: Invocation, error: unknown): void {
    if (invocation.cancelled !== undefined) return
    this.#answer(invocation.id, failureOf(invocation.entry, error, this.#options.incidents))
  }

  #answer(id: number, failure: Failure): void {
    if (this.#session.phase === 'ended') return
    try {
      this.#session.error(id, failure)
    } catch (error) {
      // The failure itself could not be sent (data too large, or not a wire value): the caller still gets an answer.
      this.#session.error(id, this.#options.incidents.internal('output-unsendable', failure.code, error))
    }
  }

  #onAlarm(now: number): void {
    let next = Number.POSITIVE_INFINITY
    this.#running.visit((invocation) => {
      if (invocation.cancelled !== undefined || invocation.expiresAt === 0) return
      if (invocation.expiresAt > now) next = Math.min(next, invocation.expiresAt)
      else invocation.cancel(new WirepactError('deadline-exceeded', 'the deadline of the call passed'))
    })
    this.#alarm.wakeAt(next)
  }
}

const nothing: Validation = { value: undefined }

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as PromiseLike<unknown>).then === 'function'
}

function unimplemented(method: number | string): Failure {
  const name = typeof method === 'string' ? method : `number ${method}`
  return { code: 'unimplemented', message: `there is no procedure ${name} on this side` }
}

function incompatible(entry: MethodEntry): Failure {
  return {
    code: 'incompatible',
    message: `${entry.name} has another version on this side (here ${entry.version ?? 'none'})`,
  }
}

function tooMany(limit: number): Failure {
  return {
    code: 'resource-exhausted',
    message: `${limit} calls of this connection are running already (callsInFlight)`,
  }
}
