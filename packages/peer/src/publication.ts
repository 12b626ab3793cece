import type { EventEntry } from '@wirepact/contract'
import type { Position } from '@wirepact/eventlog'
import { Kind, type Message, type Outgoing, type Run, type SubscribeMessage, WirepactError } from '@wirepact/protocol'
import { Binding } from './binding.ts'
import type { BindingOutlet } from './binding-port.ts'
import { FewMap } from './few-map.ts'
import { findEvent, parseTopic } from './parse-topic.ts'
import { isRevoked, permit } from './permission.ts'
import type { PublicationOptions, Subscribed } from './publication-port.ts'
import { type Slowness, slownessOf } from './slow-policy.ts'
import { takerOf } from './take-snapshot.ts'
import type { EventRequest } from './topic-directory.ts'
import { Turns } from './turns.ts'

/** A topic of the server's choice, while no channel carries the session. */
type AbsentJoin = { readonly entry: EventEntry; readonly value: unknown; readonly position: Position | undefined }

/** Serves the subscriptions of one connection. */
export class Publication implements BindingOutlet<Binding> {
  readonly #options: PublicationOptions
  readonly listener: Subscribed
  readonly #byId = new FewMap<number, Binding>()
  readonly #byKey = new FewMap<string, Binding>()
  /** Subscriptions being authorised, so that an unsubscribe can overtake them. */
  #opening: Set<number> | undefined
  /** Made when they are needed: there is one of these for each connection, and most never need them. */
  #absent: AbsentJoin[] | undefined
  #turns: Turns<Binding> | undefined
  #detached = false
  #closed = false

  constructor(listener: Subscribed, options: PublicationOptions) {
    this.listener = listener
    this.#options = options
  }

  get congested(): boolean {
    return this.listener.bufferedBytes > this.#options.highWaterBytes
  }

  control(message: Message): void {
    this.listener.tell(message)
  }

  forward(message: Outgoing): boolean {
    return this.listener.forward(message)
  }

  forwardAll(run: Run): boolean {
    return run.end <= this.#options.highWaterBytes - this.listener.bufferedBytes && this.listener.forwardAll(run)
  }

  /** False when the message is not about subscriptions. */
  receive(message: Message): boolean {
    if (message.kind === Kind.subscribe) {
      const { id } = message
      if (this.#byId.has(id) || this.#opening?.has(id)) {
        // Not `#refuse`: the subscription that has this id goes on.
        this.control({ kind: Kind.unsubscribed, id, code: 'conflict', message: `subscription ${id} exists already` })
        return true
      }
      const { maxSubscriptions } = this.#options
      if (this.#byId.size + (this.#opening?.size ?? 0) >= maxSubscriptions) {
        const text = `this connection has ${maxSubscriptions} subscriptions already (subscriptions)`
        this.control({ kind: Kind.unsubscribed, id, code: 'resource-exhausted', message: text })
        return true
      }
      this.#opening ??= new Set()
      this.#opening.add(id)
      this.#subscribe(message).catch((error: unknown) => this.#refuse(message.id, error))
      return true
    }
    if (message.kind !== Kind.unsubscribe) return false
    this.#unsubscribe(message.id)
    return true
  }

  waits(binding: Binding): void {
    this.#turns ??= new Turns(() => !this.congested)
    this.#turns.add(binding)
  }

  /** The connection has room again: what waits reads on. */
  drained(): void {
    this.#turns?.go()
  }

  /** The client is about to be asked for a sign of life: it is told of positions that moved without an event. */
  asked(): void {
    for (const binding of this.#byKey.values()) {
      binding.advance()
      binding.asked()
    }
  }

  /** The client gave the sign of life that it was asked for last. */
  answered(): void {
    for (const binding of this.#byKey.values()) binding.answered()
  }

  /** The server subscribes the connection. @throws TypeError for a topic that the contract does not allow. */
  async join(entry: EventEntry, topic: unknown): Promise<void> {
    const value = await parseTopic(entry, topic)
    if (this.#closed) return
    if (this.#detached) await this.#joinAbsent(entry, value)
    else await this.#join(entry, value, undefined)
  }

  async leave(entry: EventEntry, topic: unknown): Promise<void> {
    const { directory } = this.#options
    const value = await parseTopic(entry, topic)
    const key = directory.keyOf(entry, value)
    this.#absent = this.#absent?.filter((each) => directory.keyOf(each.entry, each.value) !== key)
    const binding = this.#byKey.get(key)
    if (binding !== undefined) this.#leave(binding, 'cancelled', 'the server left the topic')
  }

  /**
   * The client has another context than `before`: what that does not allow any more ends. Until it is known, all goes on
   * as it was.
   */
  reauthorize(before: unknown): void {
    for (const [id, binding] of this.#byId.entries()) void this.#review(id, binding)
    for (const binding of this.#byKey.values()) void this.#reviewJoin(binding, before)
  }

  failed(binding: Binding, error: unknown): void {
    const { alias, key } = binding.topic
    if (this.#byKey.get(key) !== binding) return
    const said = error instanceof WirepactError ? error : unreadable
    if (said === unreadable) this.#options.incidents.report('event-failed', key, error)
    const { code, message } = said
    for (const [id, bound] of this.#byId.entries()) {
      if (bound !== binding) continue
      this.#byId.delete(id)
      this.control({ kind: Kind.unsubscribed, id, code, message })
    }
    if (binding.joined) this.control({ kind: Kind.unsubscribed, alias, code, message })
    this.#drop(binding, false)
  }

  /**
   * The channel is gone, and the session may come back: the client will ask again for what it had asked for, from where
   * it stands; what the server made it join is remembered here.
   */
  detach(): void {
    this.#detached = true
    for (const binding of this.#byKey.values()) {
      if (binding.joined)
        this.#remember({ entry: binding.topic.entry, value: binding.topic.value, position: binding.confirmed })
      this.#drop(binding, false)
    }
    this.#byId.clear()
    this.#opening = undefined
  }

  /**
   * Another channel carries the session: topics that the server chose carry on, except those that its client's context,
   * unlike the one `before`, does not allow any more. What the client asks for again is authorised as ever.
   */
  resume(before: unknown): void {
    this.#detached = false
    const absent = this.#absent ?? []
    this.#absent = undefined
    for (const each of absent) {
      this.#rejoin(each, before).catch((error: unknown) => {
        this.#options.incidents.report('event-failed', each.entry.name, error)
      })
    }
  }

  /** The session is over. */
  close(): void {
    this.#closed = true
    this.detach()
    this.#absent = undefined
  }

  async #join(entry: EventEntry, value: unknown, position: Position | undefined): Promise<void> {
    const key = this.#options.directory.keyOf(entry, value)
    const known = this.#byKey.get(key) ?? (await this.#bind(entry, value))
    // The channel broke meanwhile; that is no reason to forget the topic.
    if (known === undefined && !this.#closed) this.#remember({ entry, value, position })
    if (known === undefined || known.joined) return
    known.joined = true
    if (known.subscribed) return this.#announceJoin(known, entry, known.position)
    try {
      await known.start(position, (at) => this.#announceJoin(known, entry, at))
    } catch (error) {
      this.failed(known, error)
      throw error
    }
  }

  async #rejoin({ entry, value, position }: AbsentJoin, before: unknown): Promise<void> {
    const { directory } = this.#options
    const isOver = await isRevoked(directory, entry, this.#request(value), before)
    if (!isOver) return this.#join(entry, value, position)
    // It is told once more which topic that was, and that it is over.
    const topic = await directory.acquire(entry, value)
    const { alias, head } = topic
    if (!this.#detached) {
      this.control({ kind: Kind.subscribed, alias, ...head, event: entry.index, topic: value })
      this.control({ kind: Kind.unsubscribed, alias, code: 'permission-denied', message: revoked })
    }
    directory.release(topic, true)
  }

  async #review(id: number, binding: Binding): Promise<void> {
    const { entry, value } = binding.topic
    await permit(this.#options.directory, entry, this.#request(value)).catch((error: unknown) => {
      if (this.#byId.get(id) !== binding) return
      this.#unsubscribe(id)
      this.#refuse(id, error)
    })
  }

  async #reviewJoin(binding: Binding, before: unknown): Promise<void> {
    if (!binding.joined) return
    const { entry, key, value } = binding.topic
    const isOver = await isRevoked(this.#options.directory, entry, this.#request(value), before)
    if (isOver && this.#byKey.get(key) === binding) this.#leave(binding, 'permission-denied', revoked)
  }

  #leave(binding: Binding, code: string, message: string): void {
    if (!binding.joined) return
    binding.joined = false
    this.control({ kind: Kind.unsubscribed, alias: binding.topic.alias, code, message })
    if (!binding.subscribed) this.#drop(binding, true)
  }

  // Nobody can be told now, and nothing may be missed: the topic is remembered with where it stands.
  async #joinAbsent(entry: EventEntry, value: unknown): Promise<void> {
    const { directory } = this.#options
    const topic = await directory.acquire(entry, value)
    const position = topic.head
    directory.release(topic, false)
    if (this.#detached) this.#remember({ entry, value, position })
    else await this.#join(entry, value, position)
  }

  async #subscribe(message: SubscribeMessage): Promise<void> {
    const { id } = message
    const entry = findEvent(this.#options.directory.events, message.event)
    const slowness = slownessOf(entry, message.policy)
    // It counts from the moment it arrived: what a call that came after it publishes belongs to it, however long it
    // takes to ask for permission. A snapshot stands in for all that.
    const fromNow = entry.definition.snapshot === undefined
    const position = message.position ?? (fromNow ? this.#options.directory.headNow(entry, message.topic) : undefined)
    try {
      const topic = await parseTopic(entry, message.topic)
      await permit(this.#options.directory, entry, this.#request(topic))
      // Whoever unsubscribed while we asked for permission is gone.
      if (this.#opening?.has(id) !== true) return
      const known = this.#byKey.get(this.#options.directory.keyOf(entry, topic))
      const binding = known ?? (await this.#bind(entry, topic, slowness))
      if (binding === undefined) return
      if (this.#opening?.has(id) !== true) {
        // Its only subscriber left while the topic was being opened.
        if (!binding.subscribed && !binding.joined) this.#drop(binding, true)
        return
      }
      binding.subscribed = true
      this.#byId.set(id, binding)
      if (binding.started) return this.#announce(binding, id, binding.position)
      const started = binding.start(position, (at) => this.#announce(binding, id, at))
      await started.catch((error: unknown) => this.failed(binding, error))
    } finally {
      this.#closeOpening(id)
    }
  }

  #unsubscribe(id: number): void {
    this.#closeOpening(id)
    const binding = this.#byId.get(id)
    if (binding === undefined) return
    this.#byId.delete(id)
    binding.subscribed = this.#byId.values().includes(binding)
    if (!binding.subscribed && !binding.joined) this.#drop(binding, true)
  }

  async #bind(
    entry: EventEntry,
    value: unknown,
    slowness: Slowness = slownessOf(entry, undefined),
  ): Promise<Binding | undefined> {
    const { directory } = this.#options
    const topic = await directory.acquire(entry, value)
    const existing = this.#byKey.get(topic.key)
    if (this.#closed || this.#detached || existing !== undefined) {
      directory.release(topic, true)
      return this.#closed || this.#detached ? undefined : existing
    }
    const { filter, snapshot } = directory.handling(entry)
    const listener = this.listener
    const binding = new Binding({
      topic,
      outlet: this,
      filter: filter === undefined ? undefined : (payload) => filter({ ...this.#request(value), payload }),
      snapshot: snapshot && takerOf(entry, snapshot, value, listener, listener.face),
      ...{ form: listener.formOf(entry), slowness },
    })
    this.#byKey.set(topic.key, binding)
    return binding
  }

  #request(topic: unknown): EventRequest {
    const { context, face } = this.listener
    return { topic, context, connection: face }
  }

  #closeOpening(id: number): void {
    this.#opening?.delete(id)
    if (this.#opening?.size === 0) this.#opening = undefined
  }

  #remember(join: AbsentJoin): void {
    this.#absent ??= []
    this.#absent.push(join)
  }

  #announce(binding: Binding, id: number, { epoch, offset }: Position): void {
    this.control({ kind: Kind.subscribed, alias: binding.topic.alias, epoch, offset, id })
  }

  #announceJoin(binding: Binding, entry: EventEntry, { epoch, offset }: Position): void {
    const { alias, value } = binding.topic
    this.control({ kind: Kind.subscribed, alias, epoch, offset, event: entry.index, topic: value })
  }

  #drop(binding: Binding, deliberate: boolean): void {
    if (this.#byKey.get(binding.topic.key) === binding) this.#byKey.delete(binding.topic.key)
    this.#turns?.remove(binding)
    binding.close()
    this.#options.directory.release(binding.topic, deliberate)
  }

  #refuse(id: number, error: unknown): void {
    this.#byId.delete(id)
    this.#closeOpening(id)
    if (this.#closed) return
    const { incidents } = this.#options
    const isSaid = error instanceof WirepactError
    const { code, message } = isSaid ? error : incidents.internal('event-failed', `subscription ${id}`, error)
    this.control({ kind: Kind.unsubscribed, id, code, message })
  }
}

const revoked = 'you may not listen to this topic any more'
const unreadable = { code: 'unavailable', message: 'the topic could not be read' }
