import type { MethodEntry } from '@wirepact/contract'
import type { Caller, Clock } from '@wirepact/peer'
import { WirepactError } from '@wirepact/protocol'
import type { Bus } from './bus.ts'
import type { Directory } from './directory.ts'
import type { RoutedCall, RoutedOutcome } from './message.ts'

/** A client of this node. */
export interface Held {
  readonly id: string
  readonly caller: Pick<Caller, 'invoke'>
}

/** Who the clients of this node are. */
export interface Holder {
  /** Connections of a principal, the newest last. */
  of(principal: string): readonly Held[]
}

export interface HostingOptions {
  readonly bus: Bus
  readonly directory: Directory
  readonly clock: Clock
  readonly holder: Holder
  /** What clients implement. */
  readonly methods: readonly MethodEntry[]
  /** Calls for other nodes that may run at once. */
  readonly mostRunning: number
}

interface Running {
  readonly from: string
  readonly controller: AbortController
}

/** Calls clients of this node for other nodes. */
export class Hosting {
  readonly #options: HostingOptions
  readonly #methods: ReadonlyMap<string, MethodEntry>
  readonly #running = new Map<string, Running>()
  readonly #settling = new Set<Promise<void>>()

  constructor(options: HostingOptions) {
    this.#options = options
    this.#methods = new Map(options.methods.map((entry) => [entry.name, entry]))
  }

  get running(): number {
    return this.#running.size
  }

  call(call: RoutedCall): void {
    const { bus, holder } = this.#options
    const name = nameOf(call.from, call.id)
    // An engine that delivers a message twice must not make it two calls.
    if (this.#running.has(name)) return
    const all = holder.of(call.principal)
    const held = call.all ? all : all.slice(-1)
    if (held.length === 0) {
      bus.to(call.from, { kind: 'absent', id: call.id }).catch(() => {})
      return
    }
    const refusal = this.#refusal(call)
    if (refusal !== undefined) {
      for (const { id } of held) void this.#part(call, id, held.length, failed(refusal))
      return
    }
    const controller = new AbortController()
    this.#running.set(name, { from: call.from, controller })
    const settling = this.#run(call, held, controller.signal).finally(() => {
      this.#running.delete(name)
      this.#settling.delete(settling)
    })
    this.#settling.add(settling)
  }

  cancel(from: string, id: number): void {
    this.#running.get(nameOf(from, id))?.controller.abort()
  }

  /** Nobody waits for what a node asked for that is gone. It is told so all the same: it may only have stood still. */
  gone(node: string): void {
    for (const { from, controller } of this.#running.values()) if (from === node) controller.abort(gone)
  }

  /** Resolves when all that runs has been answered. */
  async settled(): Promise<void> {
    await Promise.all(this.#settling)
  }

  #refusal(call: RoutedCall): WirepactError | undefined {
    const { mostRunning } = this.#options
    const entry = this.#methods.get(call.method)
    if (entry === undefined || !(entry.kind === 'call' || entry.kind === 'notify')) {
      return new WirepactError('unimplemented', `there is no procedure ${call.method} that nodes can call for others`)
    }
    if (entry.version !== call.version) {
      return new WirepactError('incompatible', `${entry.name} has another version on the node that holds the client`)
    }
    if (this.#running.size >= mostRunning) {
      return new WirepactError('resource-exhausted', `${mostRunning} calls of other nodes are running already`)
    }
    return this.#leftMs(call) < 0 ? late() : undefined
  }

  /** What is left of its time, in ms; 0: it has no end, below: it is over. */
  #leftMs(call: RoutedCall): number {
    const { clock, directory } = this.#options
    if (call.timeoutMs === 0) return 0
    const left = call.timeoutMs - directory.age(call, clock.now())
    return left > 0 ? left : -1
  }

  async #run(call: RoutedCall, held: readonly Held[], signal: AbortSignal): Promise<void> {
    const entry = this.#methods.get(call.method) as MethodEntry
    const { input, key } = call
    const timeoutMs = Math.max(0, this.#leftMs(call))
    await Promise.all(
      held.map(async ({ id, caller }) => {
        const outcome = await caller.invoke(entry, input, { signal, timeoutMs, key }).then(succeeded, failed)
        if (signal.reason === gone) await this.#part(call, id, held.length, failed(givenUp()))
        else if (!signal.aborted) await this.#part(call, id, held.length, outcome)
      }),
    )
  }

  async #part({ from, id }: RoutedCall, connection: string, of: number, outcome: RoutedOutcome): Promise<void> {
    const { bus } = this.#options
    try {
      await bus.to(from, { kind: 'part', id, of, connection, outcome })
    } catch (error) {
      // Where the log is away its caller learns that by itself. What did not fit can still be said.
      const { code, message, mayHaveRun } = WirepactError.from(error)
      if (mayHaveRun === true) return
      await bus.to(from, { kind: 'part', id, of, connection, outcome: { failure: { code, message } } }).catch(() => {})
    }
  }
}

function nameOf(from: string, id: number): string {
  return `${id} ${from}`
}

function succeeded(output: unknown): RoutedOutcome {
  return { output }
}

function failed(error: unknown): RoutedOutcome {
  const { code, message, data, declared, mayHaveRun } = WirepactError.from(error)
  return { failure: { code, message, data, declared, mayHaveRun } }
}

const gone = 'nothing was heard of the node that called, so its call was given up'

function givenUp(): WirepactError {
  return new WirepactError('connection-lost', gone, { mayHaveRun: true })
}

function late(): WirepactError {
  return new WirepactError('deadline-exceeded', 'it came to the node that holds the client after its deadline')
}
