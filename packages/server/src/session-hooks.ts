import type { AnyContract } from '@wirepact/contract'
import type { Incidents } from '@wirepact/peer'
import type { Connection } from './connection.ts'
import { runHook, watchHook } from './hook.ts'
import type { ServerOptions } from './options.ts'

interface Faced {
  readonly face: unknown
}

/** Tells the application of its sessions. */
export class SessionHooks<C extends AnyContract, Context> {
  readonly #incidents: Incidents
  readonly #options: Pick<ServerOptions<C, Context>, 'onSession' | 'onAbsent' | 'onReturn'>
  /** What to call when a session has ended. */
  readonly #leave = new Map<Faced, () => void>()

  constructor(incidents: Incidents, options: Pick<ServerOptions<C, Context>, 'onSession' | 'onAbsent' | 'onReturn'>) {
    this.#incidents = incidents
    this.#options = options
  }

  /** A session begins. What the application throws ends it: nobody knows what is missing then. */
  began(served: Faced): void {
    const leave: unknown = this.#options.onSession?.({ connection: served.face as Connection<C, Context> })
    if (typeof leave === 'function') this.#leave.set(served, leave as () => void)
    else watchHook(this.#incidents, 'onSession', leave)
  }

  absent(served: Faced): void {
    this.#run('onAbsent', served)
  }

  returned(served: Faced): void {
    this.#run('onReturn', served)
  }

  ended(served: Faced): void {
    const leave = this.#leave.get(served)
    this.#leave.delete(served)
    if (leave !== undefined) runHook(this.#incidents, 'onSession', leave)
  }

  #run(name: 'onAbsent' | 'onReturn', { face }: Faced): void {
    runHook(this.#incidents, name, () => this.#options[name]?.({ connection: face as Connection<C, Context> }))
  }
}
