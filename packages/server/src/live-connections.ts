import type { AnyContract } from '@wirepact/contract'
import type { Connection } from './connection.ts'

/** Live connections. */
export interface Connections<C extends AnyContract, Context> extends Iterable<Connection<C, Context>> {
  readonly size: number
  get(id: string): Connection<C, Context> | undefined
}

/** The typed face of a server's connections. */
export class LiveConnections<C extends AnyContract, Context> implements Connections<C, Context> {
  readonly #live: ReadonlyMap<string, { readonly face: unknown }>

  constructor(live: ReadonlyMap<string, { readonly face: unknown }>) {
    this.#live = live
  }

  get size(): number {
    return this.#live.size
  }

  get(id: string): Connection<C, Context> | undefined {
    return this.#live.get(id)?.face as Connection<C, Context> | undefined
  }

  *[Symbol.iterator](): Iterator<Connection<C, Context>> {
    for (const { face } of [...this.#live.values()]) yield face as Connection<C, Context>
  }
}
