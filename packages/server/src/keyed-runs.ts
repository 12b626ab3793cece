import { EventLogError, type KeyValue, type LogCaps } from '@wirepact/eventlog'
import type { Clock, Incidents, KeyedCalls, Outcome } from '@wirepact/peer'
import { type CallErrorCode, defaultTimeoutMs } from '@wirepact/protocol'
import { KeyQuota } from './key-quota.ts'

export interface KeyedRunsOptions {
  readonly kv: KeyValue
  readonly caps: LogCaps
  readonly clock: Clock
  readonly incidents: Incidents
  /** How long an outcome is remembered, in ms. */
  readonly ttlMs: number
  /** What may be remembered for the keys of one principal, in bytes. */
  readonly bytesPerPrincipal: number
  /** Tells this process from every other that ever used the store. */
  readonly node: string
  readonly codec: { encode(value: unknown): Uint8Array; decode(bytes: Uint8Array): unknown }
  /** A collision-resistant digest, as text. */
  readonly digest: (bytes: Uint8Array) => Promise<string>
  /** Resolves when a run on another node has ended, or that node is gone. @default nobody can tell */
  readonly ended?: ((node: string, run: string) => Promise<void>) | undefined
}

/** What is stored under a key: who runs it, with which input, and, once it has ended, how. */
type Entry = readonly [node: string, about: string, outcome?: Outcome]

interface Run {
  readonly about: string
  readonly outcome: Promise<Outcome>
  /** The key is known to be this run's. */
  claimed: boolean
}

// Theory of operation
//
// A key is claimed in the store before its handler starts, and the outcome replaces the claim when the handler has
// ended. So whoever finds a claim without an outcome knows that a handler started. When it runs in this process, they
// wait for it; when another node that lives may be running it, they look again for a while; in all other cases nobody
// can know what became of it, and it must not run again.
//
//   free ──claimed──▶ running ──ended──▶ outcome ──ttl──▶ free
//                        └──the process died, or the outcome could not be stored──▶ indeterminate, for a day

/** Runs calls that have a key, each key once. */
export class KeyedRuns {
  readonly #options: KeyedRunsOptions
  readonly #here = new Map<string, Run>()
  readonly #quota: KeyQuota
  #memory: Promise<string> | undefined
  /** Of whom it was asked last: often all clients are one principal, and each of their connections keeps these. */
  #last: { readonly principal: string; readonly calls: KeyedCalls } | undefined
  #lastName: { readonly principal: string; readonly memory: string; readonly name: Promise<string> } | undefined

  constructor(options: KeyedRunsOptions) {
    this.#options = options
    this.#quota = new KeyQuota(options.clock, options.bytesPerPrincipal)
  }

  /** Runs that have not ended. */
  get size(): number {
    return this.#here.size
  }

  get ttlMs(): number {
    return this.#options.ttlMs
  }

  /** The keys of one principal: nobody else's calls meet them. */
  of(principal: string): KeyedCalls {
    if (this.#last?.principal === principal) return this.#last.calls
    const calls: KeyedCalls = {
      settle: (entry, key, input, run) =>
        this.#settle(principal, `call ${JSON.stringify([principal, entry.name, key])}`, input, run).catch(
          (error: unknown) => this.#unstored(entry.name, error),
        ),
    }
    this.#last = { principal, calls }
    return calls
  }

  /**
   * Names what remembers the keys of a principal. A client that finds another name than before, because the server was
   * started again without a durable store or the client is another now, must not rely on it. Undefined when the store
   * is away.
   */
  async memoryOf(principal: string): Promise<string | undefined> {
    const { kv } = this.#options
    try {
      const memory = this.#memory ?? this.#find()
      this.#memory = memory
      // An engine may lose what it has while this process lives. Whoever asks at once is told the same.
      if (kv.history !== undefined) void memory.finally(() => this.#forget(memory)).catch(() => {})
      return await this.#nameOf(await memory, principal)
    } catch (error) {
      this.#memory = undefined
      this.#lastName = undefined
      this.#options.incidents.report('key-failed', 'welcome', error)
      return undefined
    }
  }

  #nameOf(memory: string, principal: string): Promise<string> {
    const last = this.#lastName
    if (last?.memory === memory && last.principal === principal) return last.name
    const { codec, digest } = this.#options
    const name = digest(codec.encode([memory, principal])).then((text) => text.slice(0, longestName))
    this.#lastName = { principal, memory, name }
    return name
  }

  #forget(memory: Promise<string>): void {
    if (this.#memory === memory) this.#memory = undefined
  }

  // A store that outlives this process has a name of its own, kept in it.
  async #find(): Promise<string> {
    const { kv, caps, codec, node } = this.#options
    if (kv.history !== undefined) return kv.history()
    if (!caps.durable && !caps.shared) return node
    const name = await kv.putIfAbsent('keys', codec.encode(node), { ttlMs: longestMs })
    return name === undefined ? node : String(codec.decode(name))
  }

  async #settle(owner: string, name: string, input: unknown, run: () => Promise<Outcome>): Promise<Outcome> {
    const { codec, digest } = this.#options
    const about = await digest(codec.encode(sorted(input)))
    for (let here = this.#here.get(name); here !== undefined; here = this.#here.get(name)) {
      if (here.about === about) return here.outcome
      if (here.claimed) return conflict
      // It may turn out to be the one in conflict.
      await here.outcome.catch(() => {})
    }
    const begun: Run = {
      ...{ about, claimed: false },
      outcome: Promise.resolve().then(() => this.#claim(owner, name, begun, run)),
    }
    this.#here.set(name, begun)
    try {
      return await begun.outcome
    } finally {
      this.#here.delete(name)
    }
  }

  async #claim(owner: string, name: string, begun: Run, run: () => Promise<Outcome>): Promise<Outcome> {
    const { kv, codec, node, bytesPerPrincipal } = this.#options
    const claim = codec.encode([node, begun.about])
    const bytes = claim.length + overheadBytes
    if (!this.#quota.take(owner, bytes)) {
      const known = await kv.get(name)
      if (known !== undefined) return this.#known(name, begun.about, known)
      return failure(
        'resource-exhausted',
        `${bytesPerPrincipal} bytes are remembered for your keys; the call did not run`,
      )
    }
    try {
      const present = await kv.putIfAbsent(name, claim, { ttlMs: runningMs })
      if (present !== undefined) return await this.#known(name, begun.about, present)
      begun.claimed = true
      return await this.#keep(owner, name, begun.about, await run())
    } finally {
      // What is remembered of it is counted by now, if anything is.
      this.#quota.give(owner, bytes)
    }
  }

  async #keep(owner: string, name: string, about: string, outcome: Outcome): Promise<Outcome> {
    const { kv, codec, incidents, node, ttlMs } = this.#options
    let kept = outcome
    let bytes: Uint8Array
    try {
      bytes = codec.encode([node, about, outcome])
    } catch (error) {
      kept = { failure: incidents.internal('output-unsendable', name, error) }
      bytes = codec.encode([node, about, kept])
    }
    this.#quota.keep(owner, bytes.length + overheadBytes, ttlMs)
    try {
      await kv.put(name, bytes, { ttlMs })
    } catch (error) {
      // The claim stays: who asks again is told that it cannot be known, and nothing runs twice.
      incidents.report('key-failed', name, error)
    }
    return kept
  }

  async #known(name: string, about: string, present: Uint8Array): Promise<Outcome> {
    const { kv, caps, clock, codec, node } = this.#options
    const begun = clock.now()
    let isLast = false
    let told: Promise<boolean> | undefined
    for (let bytes: Uint8Array | undefined = present; bytes !== undefined; bytes = await kv.get(name)) {
      const [runner, input, outcome] = codec.decode(bytes) as Entry
      if (input !== about) return conflict
      if (outcome !== undefined) return outcome
      if (!caps.shared || runner === node || isLast) break
      told ??= this.#told(runner, name)
      // What is not in the store when the run has ended, or its node is gone, will not come there any more.
      isLast = (await this.#pause(told)) || clock.now() - begun >= patienceMs
    }
    return indeterminate
  }

  /** Resolves to true when the run on another node is known to be over; never where nobody can tell. */
  #told(runner: string, name: string): Promise<boolean> {
    const { ended } = this.#options
    const never = new Promise<boolean>(() => {})
    return ended === undefined ? never : ended(runner, name).then(over, () => never)
  }

  /** Until it is time to look again; true when there will be nothing new after that. */
  async #pause(told: Promise<boolean>): Promise<boolean> {
    const { clock } = this.#options
    let stopTimer = () => {}
    const slept = new Promise<boolean>((resolve) => {
      stopTimer = clock.schedule(pollMs, () => resolve(false))
    })
    try {
      return await Promise.race([told, slept])
    } finally {
      stopTimer()
    }
  }

  /** The run under that name, while it lasts on this node. */
  runOf(name: string): Promise<unknown> | undefined {
    return this.#here.get(name)?.outcome
  }

  // Nothing has run: the store is asked before the handler, and what fails after it does not come here.
  #unstored(where: string, error: unknown): Outcome {
    this.#options.incidents.report('key-failed', where, error)
    return error instanceof EventLogError && error.code === 'full'
      ? failure('resource-exhausted', 'no more keys can be remembered now; the call did not run')
      : failure('unavailable', 'keys cannot be remembered now; the call did not run')
  }
}

function over(): boolean {
  return true
}

function failure(code: CallErrorCode, message: string): Outcome {
  return { failure: { code, message } }
}

/** What a key costs beside what is remembered of its run. */
const overheadBytes = 512
const conflict = failure('conflict', 'the key was used with another input')
const indeterminate = failure('indeterminate', 'the call with this key was begun, and how it ended is not known')

/** Equal inputs give equal bytes, whatever the order of their fields. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const fields = value as Record<string, unknown>
  const keys = Object.keys(fields).sort()
  return Object.fromEntries(keys.map((key) => [key, sorted(fields[key])]))
}

/** How long a call waits for a run on another node, and how often it looks. */
const patienceMs = defaultTimeoutMs
const pollMs = 250
/** A claim outlives every run but that of a process that died. */
const runningMs = 24 * 3_600_000
/** In UTF-16 code units; what a digest is cut to, should it be longer. */
const longestName = 128
const longestMs = 10 * 365 * 24 * 3_600_000
