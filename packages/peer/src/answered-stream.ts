import {
  type AnyProcedure,
  describeIssues,
  type MethodEntry,
  type Schema,
  type Validation,
  validate,
} from '@wirepact/contract'
import { type ItemSink, type ItemsIn, type ItemsOut, type SessionStreams, WirepactError } from '@wirepact/protocol'
import { invalidInput } from './failure.ts'
import type { InvocationStream } from './invocation.ts'
import { ItemPump, type Items, isThenable } from './item-pump.ts'
import { type Taker, ValueQueue } from './value-queue.ts'

/** A handler yielded an item that its contract does not allow. */
export class InvalidItem extends TypeError {}

/** The callee's end of one stream: from the arrival of the call until its handler has settled. */
export class AnsweredStream implements InvocationStream, ItemSink, Taker {
  readonly #entry: MethodEntry
  readonly #contractsDiffer: boolean
  readonly #queue: ValueQueue | undefined
  #items: AsyncIterable<unknown> | undefined
  readonly #in: ItemsIn | undefined
  readonly #streams: SessionStreams
  readonly #id: number
  #out: ItemsOut | undefined
  #pump: ItemPump | undefined
  #stopped: WirepactError<string> | undefined
  /** What was wrong with an item: the answer, whatever the handler makes of it. */
  #refusal: WirepactError | undefined
  #taken = 0

  constructor(streams: SessionStreams, entry: MethodEntry, id: number, contractsDiffer: boolean) {
    this.#streams = streams
    this.#entry = entry
    this.#id = id
    this.#contractsDiffer = contractsDiffer
    // Items may follow the call at once, while its input is still being looked at.
    if (entry.kind === 'yields') return
    this.#queue = new ValueQueue(this)
    this.#in = streams.read(id, false, this)
  }

  get items(): AsyncIterable<unknown> | undefined {
    return this.#queue === undefined ? undefined : (this.#items ?? this)
  }

  set items(items: AsyncIterable<unknown> | undefined) {
    this.#items = items
  }

  took(size: number): void {
    this.#in?.take(size)
  }

  item(value: unknown, size: number): void {
    this.#queue?.push(value, size)
  }

  ended(): void {
    this.#queue?.finish(undefined)
  }

  answer(outcome: unknown): unknown {
    return this.#answer(outcome)
  }

  stop(reason: WirepactError<string>): void {
    this.#stopped = reason
    this.#queue?.clear()
    this.#queue?.finish(reason)
    this.#in?.close()
    this.#pump?.stop()
    this.#out?.close()
  }

  close(): void {
    this.#leaveItems()
    this.#out?.close()
  }

  #leaveItems(): void {
    this.#queue?.abandon()
    this.#in?.close()
  }

  async #answer(outcome: unknown): Promise<unknown> {
    const given = isThenable(outcome) ? await outcome : outcome
    const output = this.#entry.kind === 'accepts' ? given : await this.#send(given)
    if (this.#refusal !== undefined) throw this.#refusal
    return output
  }

  async #send(given: unknown): Promise<unknown> {
    // A declared error, returned before there was any item.
    if (given instanceof WirepactError) return given
    let done: Promise<unknown> = Promise.resolve()
    const begun = (run: Promise<unknown>) => {
      done = run
    }
    const pump = new ItemPump(
      given as Items<unknown>,
      begun,
      (this.#entry.definition as AnyProcedure).yields === undefined ? undefined : this,
    )
    this.#pump = pump
    if (this.#stopped !== undefined) {
      pump.stop()
    } else {
      this.#out = this.#streams.send(this.#id, true, pump)
      pump.begin(this.#out)
    }
    return done
  }

  checked(item: unknown, index: number): unknown {
    const { yields } = this.#entry.definition as AnyProcedure
    if (yields === undefined) return item
    const parsed = validate(yields, item)
    return parsed instanceof Promise
      ? parsed.then((validation) => this.#yielded(validation, index))
      : this.#yielded(parsed, index)
  }

  #yielded(validation: Validation, index: number): unknown {
    if (validation.issues === undefined) return validation.value
    const { name } = this.#entry
    throw new InvalidItem(
      `${name} yielded an item ${index} that its contract does not allow: ${describeIssues(validation.issues)}`,
    )
  }

  [Symbol.asyncIterator](): AsyncIterator<unknown, undefined> {
    const queue = this.#queue as ValueQueue
    return {
      next: () => this.#take(queue),
      return: () => {
        this.#leaveItems()
        return queue.take()
      },
    }
  }

  async #take(queue: ValueQueue): Promise<IteratorResult<unknown, undefined>> {
    const step = await queue.take()
    if (step.done === true) return step
    const index = this.#taken++
    const schema = (this.#entry.definition as AnyProcedure).accepts
    if (schema === undefined) return step
    const validation = await validate(schema, step.value)
    if (validation.issues === undefined) return { done: false, value: validation.value }
    this.#refusal = invalidInput(this.#entry, validation.issues, this.#contractsDiffer, index)
    this.#leaveItems()
    throw this.#refusal
  }
}
