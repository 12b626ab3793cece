import type { AnyContract, CompiledContract } from '@wirepact/contract'
import {
  binaryCodec,
  Caller,
  flattenHandlers,
  type Implementation,
  Incidents,
  type PeerCodec,
  type Shapes,
  StateMirror,
} from '@wirepact/peer'
import {
  type Channel,
  type ChannelReceiver,
  type HelloMessage,
  Kind,
  mayReconnect,
  trustedLimits,
  type WelcomeMessage,
  WirepactError,
} from '@wirepact/protocol'
import { Attempt } from './attempt.ts'
import { type BackoffOptions, defaultBackoff, delayAfter } from './backoff.ts'
import { type Dial, noSurroundings, type Platform, type Surroundings } from './dial.ts'
import { describeClose, refusal } from './ending.ts'
import { bareEngine, type Engine, engineFor } from './engine.ts'
import { EventDoor } from './event-door.ts'
import { type LinkPhase, linkTransitions } from './link-phase.ts'
import { type ClientOptions, type ClientSystem, defaultReport, defaultSystem } from './options.ts'
import { SessionLink } from './session-link.ts'
import { StatusSource } from './status.ts'
import { untilConnected } from './until-connected.ts'

export interface ConnectorOptions {
  readonly compiled: CompiledContract
  readonly dial: Dial
  readonly platform: Platform
  /** What lays values out by shape, where the platform has it. */
  readonly shapes: Shapes | undefined
  readonly settings: ClientOptions<AnyContract>
  /** What the client's handlers are given as `connection`. */
  readonly connection: unknown
}

/** Keeps a client connected. */
export class Connector {
  readonly caller: Caller
  readonly events: EventDoor
  readonly mirror: StateMirror
  readonly status: StatusSource
  readonly #options: ConnectorOptions
  readonly #surroundings: Surroundings
  readonly #system: ClientSystem
  readonly #backoff: BackoffOptions
  readonly #codec: PeerCodec
  readonly #incidents: Incidents
  readonly #implementation: Implementation
  #engine: Engine = bareEngine
  #phase: LinkPhase = 'idle'
  /** Failed tries in a row. */
  #failures = 0
  #hasBeenUp = false
  /** When the server that asked us to go closes. */
  #moveBy = 0
  #upSince = 0
  #error: WirepactError<string> | undefined
  #try: Attempt | undefined
  /** Connections that have not closed. */
  readonly #channels = new Set<Channel>()
  #link: SessionLink | undefined
  /** Sessions that another has replaced, and that finish what they carry. */
  readonly #retired = new Set<SessionLink>()
  #stopRest: (() => void) | undefined
  #stopWake: (() => void) | undefined
  #stopSettle: (() => void) | undefined
  readonly #gone: Promise<void>
  /** Settles `#gone`: the client is closed, and so is its connection. */
  #isGone: () => void = () => {}

  constructor(options: ConnectorOptions) {
    const { compiled, settings } = options
    this.#options = options
    this.#gone = new Promise((resolve) => {
      this.#isGone = resolve
    })
    this.#surroundings = options.platform.surroundings ?? noSurroundings
    this.#system = settings.system ?? defaultSystem
    this.#backoff = { ...defaultBackoff, ...settings.reconnect }
    this.#codec = binaryCodec({ ...trustedLimits, messageBytes: settings.messageBytes ?? trustedLimits.messageBytes })
    this.#incidents = new Incidents('client', settings.report ?? defaultReport)
    this.#implementation = {
      methods: compiled.clientMethods,
      handlers: flattenHandlers(compiled.clientMethods, settings.handlers ?? {}),
      middleware: [],
    }
    const listenerFailed = (error: unknown, where = 'listener') =>
      this.#incidents.report('listener-threw', where, error)
    this.status = new StatusSource((error) => listenerFailed(error, 'status'))
    this.mirror = new StateMirror((error) => listenerFailed(error, 'state'))
    this.events = new EventDoor(compiled.events, listenerFailed, options.platform.eventing)
    this.caller = new Caller({
      clock: this.#system.clock,
      unavailable: () => this.#error,
      timeoutMs: settings.timeoutMs,
      maxQueued: settings.maxQueued,
    })
  }

  start(): void {
    this.#stopWake = this.#surroundings.onWake(() => this.#wake())
    this.#attempt()
  }

  connected(signal: AbortSignal | undefined): Promise<void> {
    return untilConnected(this.status, () => this.#isUp || this.#error, signal)
  }

  get #isUp(): boolean {
    return this.#phase === 'up' || this.#phase === 'moving'
  }

  close(): Promise<void> {
    if (this.#phase !== 'closed') {
      this.#finish(new WirepactError('cancelled', 'the client was closed'), 'closed by us')
    }
    return this.#gone
  }

  #attempt(): void {
    const { dial, settings } = this.#options
    if (this.#phase !== 'moving') {
      this.#enter('trying')
      this.#say({ attempt: this.#failures + 1 })
      // Whoever heard of it may have closed the client.
      if (this.#phase !== 'trying') return
    }
    this.#try = new Attempt({
      ...{ dial, codec: this.#codec, clock: this.#system.clock },
      timeoutMs: settings.connectTimeoutMs ?? 10_000,
      hello: () => this.#hello(),
      welcomed: (channel, welcome) => this.#welcomed(channel, welcome),
      spoilt: (code, reason) => this.#lost(code, reason, undefined),
      failed: (because, final, code) => this.#failed(because, final, code),
      dialled: (channel) => this.#channels.add(channel),
      closed: (channel) => {
        this.#channels.delete(channel)
        if (this.#phase === 'closed' && this.#channels.size === 0) this.#isGone()
      },
    })
  }

  async #hello(): Promise<HelloMessage> {
    const { compiled, platform, settings, shapes } = this.#options
    const credentials = await this.#credentials()
    this.#engine = await engineFor(compiled, platform)
    await this.events.fetch()
    return {
      kind: Kind.hello,
      fingerprint: compiled.fingerprint,
      resumable: true,
      limits: { messageBytes: settings.messageBytes ?? trustedLimits.messageBytes },
      agent: settings.agent,
      ...{ shapes: shapes && 1, batch: platform.batches },
      credentials,
      // Who moves begins anew, elsewhere: what stands goes on by itself.
      resume: this.#phase === 'moving' ? undefined : this.#link?.resumption(),
    }
  }

  async #credentials(): Promise<unknown> {
    const { credentials } = this.#options.settings
    return typeof credentials === 'function' ? credentials() : credentials
  }

  #welcomed(channel: Channel, welcome: WelcomeMessage): ChannelReceiver {
    this.#enter('up')
    this.#try = undefined
    this.#hasBeenUp = true
    this.#upSince = this.#system.clock.now()
    this.#stopSettle?.()
    this.#stopSettle = undefined
    const link = this.#link
    const receiver =
      welcome.resumed === undefined || link === undefined
        ? this.#begin(channel, welcome)
        : link.carryOn(channel, welcome, welcome.resumed.received)
    this.status.set({ phase: 'connected' })
    return receiver
  }

  #begin(channel: Channel, welcome: WelcomeMessage): ChannelReceiver {
    const old = this.#link
    if (old?.attached === true) {
      this.#retired.add(old)
      old.retire()
    } else this.#loseSession('the server forgot the session')
    const { compiled, connection, shapes } = this.#options
    const link: SessionLink = new SessionLink(
      {
        ...{ compiled, connection, shapes, codec: this.#codec, caller: this.caller, mirror: this.mirror },
        ...{ engine: this.#engine, implementation: this.#implementation, incidents: this.#incidents },
        ...{ clock: this.#system.clock, subscriber: this.events.subscriber },
        detached: (code, reason, namedMs) => {
          // A session that was given up may see its connection close when another stands already.
          const isOld = link.retired || (this.#link !== undefined && this.#link !== link)
          if (isOld) this.#left(link, describeClose(code, reason))
          else this.#lost(code, reason, namedMs)
        },
        credentials: () => this.#credentials(),
        timeOfDay: () => this.#system.timeOfDay?.() ?? this.#system.clock.now(),
        move: (deadline) => this.#move(deadline),
        leave: (because) => {
          if (link.retired) this.#left(link, because)
          else this.#loseSession(because)
        },
      },
      welcome,
    )
    this.#link = link
    return link.open(channel)
  }

  get #isStable(): boolean {
    return this.#system.clock.now() - this.#upSince >= this.#backoff.stableMs
  }

  // Make before break: the server wants us to go, so another connection is made while this one goes on.
  #move(deadline: number): void {
    if (this.#phase !== 'up') return
    this.#moveBy = deadline
    this.#enter('moving')
    this.#failures = this.#isStable ? 0 : this.#failures + 1
    // A server that sends away whoever has just come does not get to set the pace.
    if (this.#failures > 1) this.#rest('the server asked us to go', undefined)
    else this.#attempt()
  }

  // Another session has taken its place already: what it still carried is all that is lost with it.
  #left(link: SessionLink, because: string): void {
    this.#retired.delete(link)
    link.end(because)
  }

  #loseSession(because: string): void {
    const link = this.#link
    this.#link = undefined
    link?.end(because)
    if (link === undefined || (this.#try === undefined && this.#phase !== 'moving')) return
    // The hello under way asks for the session that is no more, or (moving) its welcome would come while that closes.
    this.#stopTrying()
    if (this.#phase === 'moving') this.#enter('up')
    else this.#failed(because, false, 0)
  }

  #stopTrying(): void {
    this.#try?.giveUp()?.terminate()
    this.#try = undefined
    this.#stopRest?.()
    this.#stopRest = undefined
  }

  #failed(because: string, final: boolean, code: number): void {
    this.#try = undefined
    this.#failures++
    if (!final) return this.#rest(because, undefined)
    // Whoever is moving still has a connection; when that ends, the next try tells.
    if (this.#phase === 'moving') this.#enter('up')
    else this.#finish(refusal(code, because), because)
  }

  #lost(code: number, reason: string, namedMs: number | undefined): void {
    if (this.#phase === 'closed') return
    this.#stopTrying()
    const because = describeClose(code, reason)
    if (this.#link?.resumable !== true) this.#loseSession(because)
    this.#settleLater(because)
    this.#failures = this.#isStable ? 0 : this.#failures + 1
    if (!mayReconnect(code)) return this.#finish(refusal(code, because), because)
    this.#enter('resting')
    this.#rest(because, namedMs)
  }

  // Calls wait for the connection to come back, up to their deadline, or for as long as the application wants them to.
  #settleLater(because: string): void {
    const { settleWhenDetachedMs } = this.#options.settings
    if (settleWhenDetachedMs === undefined || this.#stopSettle !== undefined) return
    this.#stopSettle = this.#system.clock.schedule(settleWhenDetachedMs, () => {
      this.#loseSession(because)
      this.caller.refuseWaiting((call) => {
        return new WirepactError('unavailable', `no connection to carry ${call.entry.name}: ${because}`)
      })
    })
  }

  // Until the next try; whoever is moving has a connection meanwhile, and nothing to say.
  #rest(because: string, namedMs: number | undefined): void {
    if (this.#phase === 'trying') this.#enter('resting')
    const rests = this.#phase === 'resting'
    if (rests && !this.#surroundings.online()) {
      return this.status.set({ phase: 'offline', because: 'there is no network' })
    }
    const delayMs = delayAfter(
      { failures: this.#failures, namedMs, leftMs: rests ? undefined : this.#moveBy - this.#system.clock.now() },
      ...([this.#system.random(), this.#backoff] as const),
    )
    this.#stopRest = this.#system.clock.schedule(delayMs, () => {
      this.#stopRest = undefined
      this.#attempt()
    })
    if (rests) this.#say({ attempt: this.#failures + 1, because, retryInMs: Math.round(delayMs) })
  }

  // Something changed around us: a resting client tries at once, one that is up makes sure that it still is.
  #wake(): void {
    if (this.#isUp) return this.#link?.probe()
    if (this.#phase !== 'resting' || !this.#surroundings.online()) return
    this.#stopRest?.()
    this.#stopRest = undefined
    this.#attempt()
  }

  #finish(error: WirepactError<string>, because: string): void {
    this.#enter('closed')
    this.#error = error
    this.#stopWake?.()
    this.#stopRest?.()
    this.#stopSettle?.()
    this.#try?.giveUp()
    this.#try = undefined
    // First those that wait: what the end of the others makes room for must not be sent any more.
    this.caller.close(() => error)
    for (const link of this.#retired) link.settle(error)
    this.#link?.settle(error)
    this.events.close(error.code === 'cancelled' ? undefined : error)
    this.status.set({ phase: 'closed', because })
    for (const channel of [...this.#channels]) channel.close(1000, '')
    if (this.#channels.size === 0) this.#isGone()
  }

  #say(detail: { attempt: number; because?: string; retryInMs?: number }): void {
    if (this.#hasBeenUp) this.status.set({ phase: 'reconnecting', because: 'the connection broke', ...detail })
    else this.status.set({ phase: 'connecting', ...detail })
  }

  #enter(next: LinkPhase): void {
    if (!linkTransitions[this.#phase].includes(next))
      throw new Error(`a connector cannot go from ${this.#phase} to ${next}`)
    this.#phase = next
  }
}
