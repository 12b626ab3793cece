import type { EventEmitter } from 'node:events'
import { type RawData, toEventData } from './payload.ts'

/** What a listener of the browser's kind gets. Which fields there are depends on `type`. */
export interface CompatEvent {
  readonly type: EventType
  readonly target: EventEmitter
  readonly data?: string | RawData
  readonly code?: number
  readonly reason?: string
  readonly wasClean?: boolean
  readonly error?: Error
  readonly message?: string
}

export type EventType = 'open' | 'message' | 'close' | 'error'
export type EventHandler = (event: CompatEvent) => void
/** A function, or an object with `handleEvent`, as browsers take both. */
export type EventTaker = EventHandler | { handleEvent: EventHandler }

const TYPES: ReadonlySet<string> = new Set(['open', 'message', 'close', 'error'])

type Wrapped = (...args: unknown[]) => void

/** `addEventListener` and `on…` of browsers on top of Node's events. */
export class EventListeners {
  readonly #target: EventEmitter
  readonly #wrapped: { type: string; taker: EventTaker; wrapped: Wrapped }[] = []
  readonly #handlers = new Map<EventType, EventHandler>()

  constructor(target: EventEmitter) {
    this.#target = target
  }

  add(type: string, taker: EventTaker, once: boolean): void {
    const known = this.#wrapped.some((each) => each.type === type && each.taker === taker)
    if (known || !isType(type)) return
    const call = (event: CompatEvent) =>
      typeof taker === 'function' ? taker.call(this.#target, event) : taker.handleEvent(event)
    const wrapped = (...args: unknown[]): void => {
      if (once) this.remove(type, taker)
      call(eventOf(type, this.#target, args))
    }
    this.#wrapped.push({ type, taker, wrapped })
    this.#target.on(type, wrapped)
  }

  remove(type: string, taker: EventTaker): void {
    const index = this.#wrapped.findIndex((each) => each.type === type && each.taker === taker)
    if (index < 0) return
    const [found] = this.#wrapped.splice(index, 1)
    this.#target.off(type, found!.wrapped)
  }

  handler(type: EventType): EventHandler | null {
    return this.#handlers.get(type) ?? null
  }

  setHandler(type: EventType, handler: EventHandler | null): void {
    const old = this.#handlers.get(type)
    if (old !== undefined) this.remove(type, old)
    this.#handlers.delete(type)
    if (typeof handler !== 'function') return
    this.#handlers.set(type, handler)
    this.add(type, handler, false)
  }
}

function isType(type: string): type is EventType {
  return TYPES.has(type)
}

function eventOf(type: EventType, target: EventEmitter, args: readonly unknown[]): CompatEvent {
  if (type === 'message') {
    const [data, isBinary] = args as [RawData, boolean]
    return { type, target, data: toEventData(data, isBinary) }
  }
  if (type === 'close') {
    const [code, reason] = args as [number, Buffer]
    return { type, target, code, reason: reason.toString(), wasClean: code !== 1006 }
  }
  if (type === 'error') {
    const [error] = args as [Error]
    return { type, target, error, message: error.message }
  }
  return { type, target }
}
