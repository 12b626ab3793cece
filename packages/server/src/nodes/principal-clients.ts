import type { AnyContract, MethodEntry } from '@wirepact/contract'
import { type CallOptions, createRemote } from '@wirepact/peer'
import type { Routed, RoutedToAll } from './routed.ts'
import type { Routes } from './routes.ts'

/** The clients of one principal, on all nodes. */
export interface PrincipalClients<C extends AnyContract> {
  /**
   * Calls one of them: the newest connection of this node, otherwise one of another node. Fails as any call does;
   * `unavailable`: no node holds one, and nothing ran; `connection-lost`: the node that holds it died, `mayHaveRun`.
   */
  readonly api: Routed<C['client']>
  /** Calls each of them, and says what each answered. */
  readonly all: RoutedToAll<C['client']>
  /** How many there are, and where: asked now. Rejects with `unavailable` when the other nodes cannot be asked. */
  count(): Promise<ConnectionCount>
}

/** The connections of a principal. A client that is away is not one of them. */
export interface ConnectionCount {
  readonly count: number
  /** How many on which node; nodes without any are left out. */
  readonly nodes: readonly { readonly node: string; readonly count: number }[]
  /** False when a node that is there did not answer within 1 s: there may be more. */
  readonly complete: boolean
}

/** Its typed face over the routes of a node. */
export class RoutedClients<C extends AnyContract> implements PrincipalClients<C> {
  readonly #methods: readonly MethodEntry[]
  readonly #routes: Routes
  readonly #principal: string
  #api: Routed<C['client']> | undefined
  #all: RoutedToAll<C['client']> | undefined

  readonly #count: () => Promise<ConnectionCount>

  constructor(
    methods: readonly MethodEntry[],
    routes: Routes,
    principal: string,
    count: () => Promise<ConnectionCount>,
  ) {
    this.#count = count
    this.#methods = methods.filter(({ kind }) => kind === 'call' || kind === 'notify')
    this.#routes = routes
    this.#principal = principal
  }

  get api(): Routed<C['client']> {
    this.#api ??= this.#remote<Routed<C['client']>>('one')
    return this.#api
  }

  get all(): RoutedToAll<C['client']> {
    this.#all ??= this.#remote<RoutedToAll<C['client']>>('all')
    return this.#all
  }

  count(): Promise<ConnectionCount> {
    return this.#count()
  }

  #remote<Face>(whom: 'one' | 'all'): Face {
    const invoke = (entry: MethodEntry, input: unknown, options: CallOptions | undefined): Promise<unknown> =>
      this.#routes[whom](this.#principal, entry, input, options)
    // Streams, which would be opened, are not among the methods.
    const remote: unknown = createRemote(this.#methods, { invoke, open: invoke })
    return remote as Face
  }
}
