import { describeIssues, type Schema, validate } from '@wirepact/contract'
import { applyPatch, diff, type PatchStep } from './state-patch.ts'

/** Carries a state change to the other side: a full copy, or the steps from the value sent before. */
export type SendState = (patch: boolean, value: unknown) => void

/**
 * The writing end of a connection's state. A change leaves at once, in the same sequence as replies, so the other side
 * sees it before the reply of the handler that made it.
 */
export class StateSource {
  readonly #schema: Schema
  #value: unknown
  #send: SendState | undefined

  constructor(schema: Schema, initial: unknown) {
    this.#schema = schema
    this.#value = this.#parse(initial)
  }

  get value(): unknown {
    return this.#value
  }

  /** Begins mirroring, with a full copy. */
  start(send: SendState): void {
    this.#send = send
    send(false, this.#value)
  }

  stop(): void {
    this.#send = undefined
  }

  /** Replaces the whole state; only what differs travels. @throws TypeError when the contract does not allow it. */
  set(next: unknown): void {
    const parsed = this.#parse(next)
    const steps: PatchStep[] = diff(this.#value, parsed)
    // First the sending, which throws for what cannot travel: the two ends must not drift apart.
    if (steps.length > 0) this.#send?.(true, steps)
    this.#value = parsed
  }

  /** Replaces the named fields and keeps the others. @throws TypeError when the contract does not allow the result. */
  update(fields: object): void {
    this.set({ ...(this.#value as object), ...fields })
  }

  #parse(value: unknown): unknown {
    const outcome = validate(this.#schema, value)
    if (outcome instanceof Promise) throw new TypeError('the schema of `state` must be synchronous')
    if (outcome.issues !== undefined) {
      throw new TypeError(`this is not a state that the contract allows: ${describeIssues(outcome.issues)}`)
    }
    return outcome.value
  }
}

/** The reading end: the latest value the other side wrote. */
export class StateMirror {
  #value: unknown
  readonly #listeners = new Set<(value: unknown) => void>()
  readonly #failed: (error: unknown) => void

  /** `failed` hears what a listener threw: it must not reach the connection. */
  constructor(failed: (error: unknown) => void) {
    this.#failed = failed
  }

  /** Undefined until the first copy has arrived; then the last value, also while disconnected. */
  get value(): unknown {
    return this.#value
  }

  /** Calls the listener after every change. Returns what ends that. */
  subscribe(listener: (value: unknown) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** @throws Error for a patch that does not fit. */
  receive(patch: boolean, value: unknown): void {
    this.#value = patch ? applyPatch(this.#value, value as PatchStep[]) : value
    for (const listener of [...this.#listeners]) {
      try {
        listener(this.#value)
      } catch (error) {
        this.#failed(error)
      }
    }
  }
}
