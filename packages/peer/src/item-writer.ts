import { type ItemsOut, WirepactError } from '@wirepact/protocol'
import type { Outlet } from './item-pump.ts'

interface Waiting {
  readonly value: unknown
  resolve(): void
  reject(error: unknown): void
}

// Theory of operation
//
// Items that were written and have not left wait in a line; its head is the one that the half holds. They leave in order,
// and each write resolves when its item has. `end` is sent after the last. Once the call is over, every write that waits
// and every later one rejects with the reason.

/** Sends what its owner writes. */
export class ItemWriterOutlet implements Outlet {
  readonly #name: string
  readonly #line: Waiting[] = []
  /** The call cannot go on as its owner wants it to. */
  readonly #failed: (error: unknown) => void
  #half: ItemsOut | undefined
  #ending = false
  #over: { readonly error: unknown } | undefined

  constructor(name: string, failed: (error: unknown) => void) {
    this.#name = name
    this.#failed = failed
  }

  write(value: unknown): Promise<void> {
    if (this.#over !== undefined) return Promise.reject(this.#over.error)
    if (this.#ending) return Promise.reject(new TypeError(`${this.#name}: an item was written after the end`))
    if (this.#half !== undefined && this.#line.length === 0) {
      try {
        if (this.#half.put(value)) return Promise.resolve()
      } catch (error) {
        this.#failed(error)
        return Promise.reject(error)
      }
    }
    return new Promise((resolve, reject) => this.#line.push({ value, resolve, reject }))
  }

  end(): void {
    if (this.#ending || this.#over !== undefined) return
    this.#ending = true
    if (this.#line.length === 0) this.#half?.end()
  }

  begin(half: ItemsOut): void {
    this.#half = half
    this.#pump()
  }

  sent(): void {
    this.#line.shift()?.resolve()
    this.#pump()
  }

  failed(error: unknown): void {
    this.#line.shift()?.reject(error)
    this.#failed(error)
  }

  stop(error?: unknown): void {
    this.#over ??= {
      error: error ?? new WirepactError('cancelled', `${this.#name} has been answered: it wants no more`),
    }
    for (const { reject } of this.#line.splice(0)) reject(this.#over.error)
  }

  #pump(): void {
    const half = this.#half as ItemsOut
    try {
      while (this.#line.length > 0) {
        if (!half.put((this.#line[0] as Waiting).value)) return
        this.#line.shift()?.resolve()
      }
    } catch (error) {
      return this.failed(error)
    }
    if (this.#ending) half.end()
  }
}
