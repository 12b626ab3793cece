import type { AnyContract, MethodEntry } from '@wirepact/contract'
import type { EventLog } from '@wirepact/eventlog'
import type { Clock, Incidents, ListenersOptions, TopicListeners } from '@wirepact/peer'
import { eventCodec } from '@wirepact/peer/json'
import { type CodecLimits, WirepactError } from '@wirepact/protocol'
import { Bus, type BusListener } from './bus.ts'
import { Directory } from './directory.ts'
import { type Holder, Hosting } from './hosting.ts'
import { Listeners, type LocalListeners } from './listeners.ts'
import { Membership } from './membership.ts'
import type { BusMessage, Question } from './message.ts'
import { type ConnectionCount, type PrincipalClients, RoutedClients } from './principal-clients.ts'
import { Routes } from './routes.ts'
import { Survey } from './survey.ts'
import { isHolder, Whereabouts } from './whereabouts.ts'

/** How the nodes of one log know of each other. */
export interface NodesOptions {
  /** How often this node says that it lives, in ms. @default 2,000 */
  readonly heartbeatMs?: number | undefined
  /** After how long a silence the others take it for gone, in ms: at least twice `heartbeatMs`. @default 6,000 */
  readonly goneMs?: number | undefined
}

/** A node that is there, as this one has heard. */
export interface NodeInfo {
  readonly id: string
  readonly isSelf: boolean
  /** Whether it asks its clients to go elsewhere. */
  readonly draining: boolean
  /** How long ago it was heard, in ms. */
  readonly heardMsAgo: number
}

/** The servers that share one log, and the clients they hold. */
export interface Nodes<C extends AnyContract> {
  /** This node's id: random, new with every start. */
  readonly id: string
  /** The nodes that are there, this one first. One that died is among them for `goneMs` more. */
  readonly list: readonly NodeInfo[]
  /**
   * The clients of a principal, whichever node holds them.
   *
   * @throws TypeError for a server without `principal`
   */
  of(principal: string): PrincipalClients<C>
  /**
   * As `server.revoke`, on all nodes. Rejects with `unavailable` when the others cannot be told; this node's sessions have
   * ended then, all the same.
   *
   * @throws TypeError for a server without `principal`
   */
  revoke(principal: string): Promise<Revoked>
}

/** What came of ending a principal's sessions on all nodes. */
export interface Revoked {
  /** Sessions that were ended. */
  readonly sessions: number
  /** False when a node that is there did not say within 1 s that it has done so: it will when it hears of it. */
  readonly complete: boolean
}

/** What a node counts of its dealings with others. */
export interface NodeCounts {
  /** Nodes that are there, this one among them. */
  readonly known: number
  /** Whether the log took this node's last message; false where it is not shared. */
  readonly reachable: boolean
  /** Calls that wait for another node, and those that run here for others. */
  readonly calling: number
  readonly called: number
  /** Messages since it began: sent, heard, and refused because of what they held. */
  readonly sent: number
  readonly heard: number
  readonly refused: number
}

/** What the nodes of a log need of this one's server. */
export interface NodesParts {
  readonly id: string
  readonly log: EventLog
  readonly clock: Clock
  readonly incidents: Incidents
  readonly limits: CodecLimits & { readonly callsInFlight: number }
  readonly random: () => number
  /** False: this server knows of no other. */
  readonly isShared: boolean
  readonly options: NodesOptions
  readonly clientMethods: readonly MethodEntry[]
  /** Undefined where nobody has a name. */
  readonly holder: Holder | undefined
  readonly listeners: (key: string) => LocalListeners
  /** The run of a key's call on this node, while it lasts. */
  readonly run: (name: string) => Promise<unknown> | undefined
  readonly revoke: (principal: string) => number
}

/** This node among those of its log. */
export class ServerNodes<C extends AnyContract> implements Nodes<C>, BusListener {
  readonly id: string
  readonly #parts: NodesParts
  readonly #bus: Bus
  readonly #directory: Directory
  readonly #membership: Membership
  readonly #survey: Survey
  readonly #whereabouts: Whereabouts
  readonly #hosting: Hosting
  readonly #routes: Routes
  readonly #listeners: Listeners

  /** @throws RangeError for times that do not fit together */
  constructor(parts: NodesParts) {
    const { id, clock, incidents, isShared, limits, log, random } = parts
    const { heartbeatMs: everyMs, goneMs } = timesFrom(parts.options)
    this.id = id
    this.#parts = parts
    const bounds = { ...limits, ...roomFor(limits) }
    this.#bus = new Bus(
      { log, clock, incidents, node: id, codec: eventCodec(bounds), messageBytes: bounds.messageBytes },
      this,
    )
    this.#directory = new Directory((node) => this.#gone(node))
    const bus = this.#bus
    const directory = this.#directory
    const warmed = () => this.#survey.review()
    this.#membership = new Membership({ bus, directory, clock, everyMs, goneMs, random, warmed })
    const membership = this.#membership
    const answer = (about: Question, subject: string) => this.#answer(about, subject)
    this.#survey = new Survey({ bus, directory, membership, clock, incidents, answer })
    this.#whereabouts = new Whereabouts(this.#survey)
    const holder: Holder = { of: (principal) => parts.holder?.of(principal) ?? [] }
    const methods = parts.clientMethods
    this.#hosting = new Hosting({ bus, directory, clock, holder, methods, mostRunning: mostRouted })
    const whereabouts = isShared ? this.#whereabouts : nowhere
    this.#routes = new Routes({ node: id, bus, clock, directory, holder, whereabouts })
    this.#listeners = new Listeners(id, clock, isShared ? this.#survey : undefined, parts.listeners)
    if (isShared) this.#bus.start()
  }

  get list(): readonly NodeInfo[] {
    const now = this.#parts.clock.now()
    const self = { id: this.id, isSelf: true, draining: this.#membership.draining, heardMsAgo: 0 }
    const others = Array.from(this.#directory.values(), ({ id, draining, seenAt }) => {
      return { id, isSelf: false, draining, heardMsAgo: Math.max(0, now - seenAt) }
    })
    return [self, ...others]
  }

  /** What there is to count. */
  get counts(): NodeCounts {
    const { pending } = this.#routes
    const { counts, reachable } = this.#bus
    return { known: this.#directory.size + 1, reachable, calling: pending, called: this.#hosting.running, ...counts }
  }

  of(principal: string): PrincipalClients<C> {
    if (this.#parts.holder === undefined) {
      throw new TypeError('nodes.of: the server has no `principal` that says who a client is')
    }
    return new RoutedClients<C>(this.#parts.clientMethods, this.#routes, principal, () => this.#count(principal))
  }

  async revoke(principal: string): Promise<Revoked> {
    let sessions = this.#parts.revoke(principal)
    if (!this.#parts.isShared) return { sessions, complete: true }
    const { answers, complete } = await this.#survey.ask('revoke', principal)
    for (const answer of answers.values()) if (typeof answer === 'number') sessions += answer
    return { sessions, complete }
  }

  /** Who listens to the topic with this key, on all nodes. */
  listeners(key: string, options?: ListenersOptions): Promise<TopicListeners> {
    return this.#listeners.of(key, options)
  }

  /** Resolves when the run of a key's call has ended on another node, or that node is gone; rejects when that is not known. */
  async ended(node: string, run: string): Promise<void> {
    const { complete } = await this.#survey.askOne(node, 'run', run)
    if (!complete) throw new WirepactError('unavailable', `node ${node} does not say whether a run has ended`)
  }

  /** Says that this node asks its clients to go elsewhere. */
  drain(): void {
    this.#membership.draining = true
    this.#membership.announce()
  }

  /** Says goodbye; what this node was doing for others has been answered by then. */
  async leave(): Promise<void> {
    if (!this.#bus.open) return this.#bus.stop()
    await this.#within(this.#hosting.settled())
    await this.#within(this.#bus.toAll({ kind: 'leave' }).catch(() => {}))
    this.#membership.stop()
    this.#bus.stop()
    this.#survey.stop()
    this.#routes.lost('the server is closing')
  }

  opened(): void {
    this.#membership.begin()
  }

  echoed(): void {
    this.#membership.echoed()
  }

  heard(message: BusMessage): void {
    const { from, kind } = message
    if (kind === 'leave') return this.#directory.left(from)
    const isUnknown = !this.#directory.has(from)
    if (!this.#directory.noticed(from, this.#parts.clock.now())) return
    switch (kind) {
      case 'beat':
        return this.#membership.heard(message, isUnknown)
      case 'lost':
        return this.#routes.lost('the node that holds the client lost messages', from)
      case 'ask':
        return this.#survey.asked(message)
      case 'answer':
        return this.#survey.answered(message)
      case 'call':
        return this.#hosting.call(message)
      case 'cancel':
        return this.#hosting.cancel(from, message.id)
      case 'part':
        return this.#routes.part(message)
      case 'absent':
        return this.#routes.absent(message)
    }
  }

  lost(toAll: boolean): void {
    if (toAll) return this.#membership.refresh()
    this.#bus.toAll({ kind: 'lost' }).catch(() => {})
    this.#routes.lost('answers of other nodes were lost')
  }

  async #count(principal: string): Promise<ConnectionCount> {
    const here = this.#answer('where', principal)
    const asked = this.#parts.isShared ? await this.#survey.ask('where', principal) : undefined
    const nodes: { node: string; count: number }[] = []
    for (const [node, count] of [[this.id, here] as const, ...(asked?.answers ?? [])]) {
      if (isHolder(count)) nodes.push({ node, count })
    }
    const count = nodes.reduce((sum, each) => sum + each.count, 0)
    return { count, nodes, complete: asked?.complete ?? true }
  }

  #gone(node: string): void {
    this.#whereabouts.gone(node)
    this.#hosting.gone(node)
    this.#routes.lost('the node that holds the client is gone', node)
    this.#survey.review()
  }

  #answer(about: Question, subject: string): unknown {
    const { holder, listeners, revoke, run } = this.#parts
    if (about === 'where') return holder?.of(subject).length ?? 0
    if (about === 'listeners') return listeners(subject)
    if (about === 'revoke') return holder === undefined ? 0 : revoke(subject)
    // That it has ended is all that is told: how is in the log, for whoever may read it there.
    return run(subject)?.then(nothing, nothing) ?? true
  }

  // An engine that is away must not keep a server from closing.
  #within(promise: Promise<unknown>): Promise<void> {
    return new Promise((resolve) => {
      const stopTimer = this.#parts.clock.schedule(leaveMs, resolve)
      const done = () => {
        stopTimer()
        resolve()
      }
      promise.then(done, done)
    })
  }
}

/** Where there is only this node. */
const nowhere = {
  one: async () => undefined,
  all: async () => [],
  isNot() {},
}

/** @throws RangeError */
function timesFrom({ heartbeatMs = 2_000, goneMs = 6_000 }: NodesOptions): { heartbeatMs: number; goneMs: number } {
  if (!(heartbeatMs >= 10 && goneMs >= 2 * heartbeatMs && goneMs <= 600_000)) {
    throw new RangeError(
      `nodes: heartbeatMs must be 10 or more and goneMs from twice that to 600,000, not ${heartbeatMs} and ${goneMs}`,
    )
  }
  return { heartbeatMs, goneMs }
}

/** What wraps a client's value on its way between nodes. */
function roomFor({ messageBytes, depth, items }: CodecLimits): Omit<CodecLimits, 'keyBytes'> {
  return { messageBytes: messageBytes + 4_096, depth: depth + 4, items: items + 64 }
}

function nothing(): boolean {
  return true
}

/** Calls for other nodes that may run at once. */
const mostRouted = 4_096
const leaveMs = 1_000
