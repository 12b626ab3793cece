import { type ItemsOut, WirepactError } from '@wirepact/protocol'
import type { Outlet } from './item-pump.ts'

interface Waiting {
  readonly value: unknown
  resolve(): void
  reject(error: unknown): void
}

/** Whose items they are. */
export interface WriterOwner {
  /** An item cannot be sent: the call cannot go on as its maker wants it to. */
  refused(error: unknown): void
}

// Theory of operation
//
// Items that were written and have not left wait in a line; its head is the one that the half holds. They leave in order,
// and each write resolves when its item has. `end` is sent after the last. Once the call is over, every write that waits
// and every later one rejects with the reason.

/** Sends what its owner writes. */
export class ItemWriterOutlet implements Outlet {
  readonly #name: string
  #line: Waiting[] | undefined
  readonly #owner: WriterOwner
  #half: ItemsOut | undefined
  #ending = false
  #over: { readonly error: unknown } | undefined

  constructor(name: string, owner: WriterOwner) {
    this.#name = name
    this.#owner = owner
  }

  write(value: unknown): Promise<void> {
    if (this.#over !== undefined) return Promise.reject(this.#over.error)
    if (this.#ending) return Promise.reject(new TypeError(`${this.#name}: an item was written after the end`))
    if (this.#half !== undefined && this.#line === undefined) {
      try {
        if (this.#half.put(value)) return Promise.resolve()
      } catch (error) {
        this.#owner.refused(error)
        return Promise.reject(error)
      }
    }
    this.#line ??= []
    const line = this.#line
    return new Promise((resolve, reject) => line.push({ value, resolve, reject }))
  }

  end(): void {
    if (this.#ending || this.#over !== undefined) return
    this.#ending = true
    if (this.#line === undefined) this.#half?.end()
  }

  begin(half: ItemsOut): void {
    this.#half = half
    this.#pump()
  }

  sent(): void {
    this.#line?.shift()?.resolve()
    this.#pump()
  }

  failed(error: unknown): void {
    this.#line?.shift()?.reject(error)
    this.#owner.refused(error)
  }

  stop(error?: unknown): void {
    this.#over ??= {
      error: error ?? new WirepactError('cancelled', `${this.#name} has been answered: it wants no more`),
    }
    for (const { reject } of this.#line ?? []) reject(this.#over.error)
    this.#line = undefined
  }

  #pump(): void {
    const half = this.#half as ItemsOut
    const line = this.#line ?? []
    try {
      for (let first = line[0]; first !== undefined; first = line[0]) {
        if (!half.put(first.value)) return
        line.shift()
        first.resolve()
      }
    } catch (error) {
      return this.failed(error)
    }
    this.#line = undefined
    if (this.#ending) half.end()
  }
}
