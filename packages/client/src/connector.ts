import type { AnyContract, CompiledContract } from '@wirepact/contract'
import {
  answerNothing,
  binaryCodec,
  Caller,
  flattenHandlers,
  type Implementation,
  Incidents,
  type PeerCodec,
  type Report,
  StateMirror,
  Subscriber,
} from '@wirepact/peer'
import { systemClock } from '@wirepact/peer/system'
import {
  type ChannelReceiver,
  type ChannelSource,
  closeCode,
  type HelloMessage,
  Kind,
  mayReconnect,
  trustedLimits,
  type WelcomeMessage,
  WirepactError,
} from '@wirepact/protocol'
import { type BackoffOptions, defaultBackoff, delayAfter } from './backoff.ts'
import { type Dial, DialError, noSurroundings, type Platform, type Surroundings } from './dial.ts'
import { type LinkPhase, linkTransitions } from './link-phase.ts'
import { Opening } from './opening.ts'
import type { ClientOptions, ClientSystem } from './options.ts'
import { describeClose, SessionLink } from './session-link.ts'
import { StatusSource } from './status.ts'

export interface ConnectorOptions {
  readonly compiled: CompiledContract
  readonly dial: Dial
  readonly platform: Platform
  readonly settings: ClientOptions<AnyContract>
  /** What the client's handlers are given as `connection`. */
  readonly connection: unknown
}

/** Keeps a client connected. */
export class Connector {
  readonly caller: Caller
  readonly subscriber: Subscriber
  readonly mirror: StateMirror
  readonly status: StatusSource
  readonly #options: ConnectorOptions
  readonly #surroundings: Surroundings
  readonly #system: ClientSystem
  readonly #backoff: BackoffOptions
  readonly #codec: PeerCodec
  readonly #incidents: Incidents
  readonly #implementation: Implementation
  #answering = answerNothing
  #phase: LinkPhase = 'idle'
  /** Failed tries in a row. */
  #failures = 0
  #hasBeenUp = false
  #upSince = 0
  #error: WirepactError<string> | undefined
  #try: AbortController | undefined
  #source: ChannelSource | undefined
  #link: SessionLink | undefined
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
    this.#system = settings.system ?? system
    this.#backoff = { ...defaultBackoff, ...settings.reconnect }
    this.#codec = binaryCodec({ ...trustedLimits, messageBytes: settings.messageBytes ?? trustedLimits.messageBytes })
    this.#incidents = new Incidents('client', settings.report ?? printReport)
    this.#implementation = {
      methods: compiled.clientMethods,
      handlers: flattenHandlers(compiled.clientMethods, settings.handlers ?? {}),
      middleware: [],
    }
    const listenerFailed = (error: unknown, where = 'listener') =>
      this.#incidents.report('listener-threw', where, error)
    this.status = new StatusSource((error) => listenerFailed(error, 'status'))
    this.mirror = new StateMirror((error) => listenerFailed(error, 'state'))
    this.subscriber = new Subscriber({ events: compiled.events, failed: listenerFailed })
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
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (this.#phase === 'up') resolve()
        else if (this.#error !== undefined) reject(this.#error)
        else if (signal?.aborted === true) reject(new WirepactError('cancelled', 'gave up waiting for a connection'))
        else return
        stop()
      }
      const unsubscribe = this.status.subscribe(settle)
      signal?.addEventListener('abort', settle)
      const stop = () => {
        unsubscribe()
        signal?.removeEventListener('abort', settle)
      }
      settle()
    })
  }

  close(): Promise<void> {
    if (this.#phase !== 'closed') {
      const source = this.#source
      this.#finish(new WirepactError('cancelled', 'the client was closed'), 'closed by us')
      source?.channel.close(1000, '')
    }
    return this.#gone
  }

  #attempt(): void {
    this.#enter('trying')
    const controller = new AbortController()
    this.#try = controller
    this.#say({ attempt: this.#failures + 1 })
    // Whoever heard of it may have closed the client.
    if (this.#try !== controller) return
    const { connectTimeoutMs = 10_000 } = this.#options.settings
    const stopTimer = this.#system.clock.schedule(connectTimeoutMs, () => {
      const source = this.#source
      this.#failed(controller, `no answer within ${connectTimeoutMs} ms`, false)
      source?.channel.terminate()
    })
    controller.signal.addEventListener('abort', stopTimer)
    this.#connect(controller).catch((error: unknown) => {
      const because = error instanceof Error ? error.message : String(error)
      const { channel } = this.#source ?? {}
      // Credentials that cannot travel will not be able to next time.
      this.#failed(controller, because, error instanceof WirepactError || (error instanceof DialError && error.final))
      channel?.terminate()
    })
  }

  async #connect(controller: AbortController): Promise<void> {
    const { compiled, dial, platform, settings } = this.#options
    const given = await this.#credentials()
    // Most clients implement nothing, and need not carry what answers calls.
    if (compiled.clientMethods.length > 0)
      this.#answering = platform.answering ?? (await import('@wirepact/peer/answering')).answerWithHandlers
    if (this.#try !== controller) return
    const source = await dial(controller.signal)
    // Whoever closed the client meanwhile did not know this connection.
    if (this.#try !== controller) return source.channel.terminate()
    this.#source = source
    const hello: HelloMessage = {
      kind: Kind.hello,
      fingerprint: compiled.fingerprint,
      resumable: true,
      limits: { messageBytes: settings.messageBytes ?? trustedLimits.messageBytes },
      agent: settings.agent,
      credentials: given,
      resume: this.#link?.resume,
    }
    new Opening({
      ...{ source, codec: this.#codec, hello },
      welcomed: (welcome) => this.#welcomed(controller, source, welcome),
      refused: (code, reason) => this.#refused(controller, code, reason),
    })
  }

  async #credentials(): Promise<unknown> {
    const { credentials } = this.#options.settings
    return typeof credentials === 'function' ? credentials() : credentials
  }

  #welcomed(controller: AbortController, source: ChannelSource, welcome: WelcomeMessage): ChannelReceiver {
    this.#enter('up')
    this.#try = undefined
    controller.abort()
    this.#hasBeenUp = true
    this.#upSince = this.#system.clock.now()
    this.#stopSettle?.()
    this.#stopSettle = undefined
    const link = this.#link
    const receiver =
      welcome.resumed === undefined || link === undefined
        ? this.#begin(source, welcome)
        : link.carryOn(source.channel, welcome, welcome.resumed.received)
    this.status.set({ phase: 'connected' })
    return receiver
  }

  #begin(source: ChannelSource, welcome: WelcomeMessage): ChannelReceiver {
    this.#loseSession('the server forgot the session')
    const { compiled, connection } = this.#options
    const { caller, mirror, subscriber } = this
    const link = new SessionLink(
      {
        ...{ compiled, connection, caller, mirror, subscriber, codec: this.#codec },
        ...{
          answering: this.#answering,
          clock: this.#system.clock,
          implementation: this.#implementation,
          incidents: this.#incidents,
        },
        detached: (code, reason, namedMs) => this.#lost(code, reason, namedMs),
        credentials: () => this.#credentials(),
        timeOfDay: () => this.#system.timeOfDay?.() ?? this.#system.clock.now(),
        leave: (because) => this.#loseSession(because),
      },
      welcome,
    )
    this.#link = link
    return link.open(source.channel)
  }

  #loseSession(because: string): void {
    const link = this.#link
    const trying = this.#try
    this.#link = undefined
    link?.end(because)
    if (link === undefined || trying === undefined) return
    // The hello under way asks for the session that is no more; its welcome must not meet another.
    const source = this.#source
    this.#failed(trying, because, false)
    source?.channel.terminate()
  }

  #refused(controller: AbortController, code: number, reason: string): void {
    this.#source = undefined
    if (this.#phase === 'closed') return this.#isGone()
    // Something threw while the session opened: it did stand for a moment.
    if (this.#phase === 'up') return this.#lost(code, reason, undefined)
    this.#failed(controller, describeClose(code, reason), !mayReconnect(code), code)
  }

  #failed(controller: AbortController, because: string, final: boolean, code = 0): void {
    if (this.#try !== controller) return
    this.#try = undefined
    this.#source = undefined
    controller.abort()
    this.#failures++
    if (final) return this.#finish(refusal(code, because), because)
    this.#rest(because, undefined)
  }

  #lost(code: number, reason: string, namedMs: number | undefined): void {
    this.#source = undefined
    if (this.#phase === 'closed') return this.#isGone()
    const because = describeClose(code, reason)
    if (this.#link?.resume === undefined) this.#loseSession(because)
    this.#settleLater(because)
    const stable = this.#system.clock.now() - this.#upSince >= this.#backoff.stableMs
    this.#failures = stable ? 0 : this.#failures + 1
    if (!mayReconnect(code)) return this.#finish(refusal(code, because), because)
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

  #rest(because: string, namedMs: number | undefined): void {
    this.#enter('resting')
    if (!this.#surroundings.online()) return this.status.set({ phase: 'offline', because: 'there is no network' })
    const delayMs = delayAfter({ failures: this.#failures, namedMs }, this.#system.random(), this.#backoff)
    this.#stopRest = this.#system.clock.schedule(delayMs, () => {
      this.#stopRest = undefined
      this.#attempt()
    })
    this.#say({ attempt: this.#failures + 1, because, retryInMs: Math.round(delayMs) })
  }

  // Something changed around us: a resting client tries at once, one that is up makes sure that it still is.
  #wake(): void {
    if (this.#phase === 'up') return this.#link?.probe()
    if (this.#phase !== 'resting' || !this.#surroundings.online()) return
    this.#stopRest?.()
    this.#stopRest = undefined
    this.#attempt()
  }

  #finish(error: WirepactError<string>, because: string): void {
    this.#enter('closed')
    if (this.#source === undefined) this.#isGone()
    this.#error = error
    this.#stopWake?.()
    this.#stopRest?.()
    this.#stopSettle?.()
    const trying = this.#try
    this.#try = undefined
    trying?.abort()
    // First those that wait: what the end of the others makes room for must not be sent any more.
    this.caller.close(() => error)
    this.#link?.settle(error)
    this.subscriber.close(error.code === 'cancelled' ? undefined : error)
    this.status.set({ phase: 'closed', because })
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

function refusal(code: number, because: string): WirepactError<string> {
  if (code === closeCode.unauthenticated) return new WirepactError('unauthenticated', because)
  if (code === closeCode.forbiddenOrigin) return new WirepactError('permission-denied', because)
  return new WirepactError('unavailable', `refused for good: ${because}`)
}

function printReport({ what, where, message }: Report): void {
  console.error(`wirepact: ${what} in ${where}: ${message}`)
}

const system: ClientSystem = { clock: systemClock, random: () => Math.random(), timeOfDay: () => Date.now() }
