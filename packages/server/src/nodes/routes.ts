import type { MethodEntry } from '@wirepact/contract'
import type { CallOptions, Clock } from '@wirepact/peer'
import { WirepactError } from '@wirepact/protocol'
import type { Bus } from './bus.ts'
import { CallBounds } from './call-bounds.ts'
import type { Directory } from './directory.ts'
import type { Held, Holder } from './hosting.ts'
import type { Absent, Part } from './message.ts'
import { lostError, RoutedAttempt, type RoutedReply } from './routed-attempt.ts'
import type { Whereabouts } from './whereabouts.ts'

export interface RoutesOptions {
  /** This node's id. */
  readonly node: string
  readonly bus: Bus
  readonly clock: Clock
  readonly directory: Pick<Directory, 'has'>
  readonly holder: Holder
  readonly whereabouts: Pick<Whereabouts, 'one' | 'all' | 'isNot'>
}

/** What is asked of a client, wherever it is. */
interface Request {
  readonly principal: string
  readonly entry: MethodEntry
  readonly input: unknown
  readonly options: CallOptions
}

// Theory of operation
//
// A call goes to the node that holds a connection of the principal, and no further: a node that holds none says so, and
// forwards nothing, so no message goes in circles. Nothing ran there then, and another node may be tried. Whatever else
// becomes of a call that was sent, it is not sent again, because it may have run.

/** Calls clients on other nodes. */
export class Routes {
  readonly #options: RoutesOptions
  readonly #attempts = new Map<number, RoutedAttempt>()
  #ids = 0

  constructor(options: RoutesOptions) {
    this.#options = options
  }

  /** Calls that wait for another node. */
  get pending(): number {
    return this.#attempts.size
  }

  /** Calls one client of the principal: the newest of this node, or, when there is none, of another. */
  async one(principal: string, entry: MethodEntry, input: unknown, options: CallOptions = {}): Promise<unknown> {
    const here = this.#options.holder.of(principal).at(-1)
    if (here !== undefined) return here.caller.invoke(entry, input, options)
    const bounds = new CallBounds(this.#options.clock, entry.name, options)
    try {
      return await this.#elsewhere({ principal, entry, input, options }, bounds)
    } finally {
      bounds.close()
    }
  }

  /** Calls all clients of the principal, on all nodes. Each fails alone. */
  async all(principal: string, entry: MethodEntry, input: unknown, options: CallOptions = {}): Promise<RoutedReply[]> {
    const { clock, holder, whereabouts } = this.#options
    const request = { principal, entry, input, options }
    const bounds = new CallBounds(clock, entry.name, options)
    try {
      const here = holder.of(principal).map((held) => this.#here(held, request))
      const nodes = await bounds.hold(whereabouts.all(principal))
      const there = nodes.map(async (node): Promise<readonly RoutedReply[]> => {
        try {
          return await this.#attempt(node, request, bounds, true)
        } catch (error) {
          return [{ node, connection: undefined, ok: false, error: WirepactError.from(error) }]
        }
      })
      return [...(await Promise.all(here)), ...(await Promise.all(there)).flat()]
    } finally {
      bounds.close()
    }
  }

  part(part: Part): void {
    this.#attempts.get(part.id)?.part(part)
  }

  absent(absent: Absent): void {
    this.#attempts.get(absent.id)?.absent(absent)
  }

  /** What a node was asked for will not be answered; without a node, what any was asked for. */
  lost(because: string, node?: string): void {
    for (const attempt of [...this.#attempts.values()]) {
      if (node === undefined || attempt.node === node) attempt.lost(because)
    }
  }

  async #here({ id, caller }: Held, { entry, input, options }: Request): Promise<RoutedReply> {
    const { node } = this.#options
    try {
      return { node, connection: id, ok: true, value: await caller.invoke(entry, input, options) }
    } catch (error) {
      return { node, connection: id, ok: false, error: WirepactError.from(error) }
    }
  }

  async #elsewhere(request: Request, bounds: CallBounds): Promise<unknown> {
    const { whereabouts } = this.#options
    const { entry, principal } = request
    for (let tries = 0; tries < mostTries; tries++) {
      const node = await bounds.hold(whereabouts.one(principal))
      if (node === undefined) break
      const [reply] = await this.#attempt(node, request, bounds, false)
      if (reply?.ok === true) return reply.value
      if (reply !== undefined) throw reply.error
      whereabouts.isNot(principal, node)
    }
    throw new WirepactError('unavailable', `no node has a connection of the client that ${entry.name} is for`, {
      mayHaveRun: false,
    })
  }

  async #attempt(
    node: string,
    { principal, entry, input, options }: Request,
    bounds: CallBounds,
    all: boolean,
  ): Promise<readonly RoutedReply[]> {
    const { bus, directory } = this.#options
    // It went while it answered: nobody would say that it is gone any more.
    if (!directory.has(node)) return []
    if (this.#attempts.size >= mostPending) {
      throw new WirepactError('resource-exhausted', `${mostPending} calls wait for other nodes already`)
    }
    const id = ++this.#ids
    const attempt = new RoutedAttempt(node)
    this.#attempts.set(id, attempt)
    const { name: method, version } = entry
    const asked = { id, principal, all, method, version, timeoutMs: bounds.leftMs, key: options.key, input }
    const sent = bus.to(node, { kind: 'call', ...asked }).catch(unsent)
    try {
      // Its answer may come before the log has said that it took the question.
      return await bounds.hold(Promise.race([attempt.replies, sent.then(() => attempt.replies)]))
    } catch (error) {
      if (bounds.isOver) this.#cancel(node, id, sent)
      throw error
    } finally {
      this.#attempts.delete(id)
    }
  }

  // After the call: a log need not keep the order of what is added without waiting.
  #cancel(node: string, id: number, sent: Promise<void>): void {
    const cancel = () => this.#options.bus.to(node, { kind: 'cancel', id })
    sent.then(cancel, cancel).catch(() => {})
  }
}

function unsent(error: unknown): never {
  if (error instanceof WirepactError && error.mayHaveRun === true) throw lostError(error.message, error.cause)
  throw error
}

/** Nodes that are asked in vain before it is said that nobody holds the client. */
const mostTries = 4
const mostPending = 10_000
