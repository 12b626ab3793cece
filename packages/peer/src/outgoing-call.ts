import type { MethodEntry } from '@wirepact/contract'
import {
  type Failure,
  type PendingCall,
  type Session,
  type ValueDecoder,
  type ValueEncoder,
  WirepactError,
} from '@wirepact/protocol'

/** What a call is part of: a handler's call is one. */
export interface CallScope {
  readonly signal: AbortSignal
  /** In ms; undefined for ever. */
  readonly timeLeftMs: number | undefined
}

/** What the maker of a call may say about it. */
export interface CallOptions {
  /** Gives up the call; the handler's own signal is aborted too. */
  readonly signal?: AbortSignal | undefined
  /** Time for the whole call, waiting for a connection included, in ms; 0 means no limit. @default 30,000 */
  readonly timeoutMs?: number | undefined
  /**
   * The call that a handler was given, when this one is made for it: it gives up with it, and has no more time than is
   * left of that one's deadline.
   */
  readonly within?: CallScope | undefined
  /**
   * Names the effect, at most 128 bytes, best at random: calls of one procedure with the same key and input run once while
   * the server remembers the key, whoever gives up meanwhile, and get the same result or error. With another input it is
   * a `conflict`, and `indeterminate` when it cannot be known whether it ran.
   */
  readonly key?: string | undefined
}

/** What a call with items hears of its way. */
export interface CallStream {
  /** A session carries it under that id. */
  begin(session: Session, id: number, call: OutgoingCall): void
  /** That session has ended before the call came to run; another may carry it. */
  leave(): void
  succeed(output: unknown): void
  fail(error: unknown): void
}

/** A call from the moment it is made until its promise settles, whatever connections come and go meanwhile. */
export class OutgoingCall implements PendingCall {
  readonly entry: MethodEntry
  readonly input: unknown
  readonly key: string | undefined
  /** When the call gives up (ms, the peer's clock); Infinity for never. */
  readonly deadline: number
  /** Its id in the session that carries it, and that session; none while it waits for one. */
  id = 0
  session: Session | undefined
  /** What remembers its key, and until when (ms, the peer's clock), since it was sent to somebody who does. */
  remembered: { readonly by: string; readonly until: number } | undefined
  /** How its input and its output are laid out there, where they are. */
  writes: ValueEncoder | undefined
  reads: ValueDecoder | undefined
  settled = false
  /** Its items, where it has any. */
  stream: CallStream | undefined
  #resolve: (output: unknown) => void
  #reject: (error: unknown) => void
  #signal: AbortSignal | undefined
  #scope: AbortSignal | undefined
  readonly #owner: CallOwner

  constructor(
    owner: CallOwner,
    entry: MethodEntry,
    input: unknown,
    options: CallOptions | undefined,
    deadline: number,
    resolve: (output: unknown) => void = ignore,
    reject: (error: unknown) => void = ignore,
  ) {
    this.#owner = owner
    this.entry = entry
    this.input = input
    this.key = options?.key
    this.deadline = deadline
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = options?.signal
    this.#signal?.addEventListener('abort', this)
    if (options?.within === undefined) return
    this.#scope = options.within.signal
    this.#scope.addEventListener('abort', this)
  }

  enterSession(session: Session, id: number): void {
    this.session = session
    this.id = id
    this.stream?.begin(session, id, this)
  }

  /** Its session has ended, and it may be sent again. */
  leaveSession(): void {
    this.stream?.leave()
    this.session = undefined
    this.id = 0
  }

  succeed(output: unknown): void {
    if (!this.#leave()) return
    if (this.stream === undefined) this.#resolve(output)
    else this.stream.succeed(output)
  }

  fail(failure: Failure): void {
    this.reject(
      new WirepactError(failure.code, failure.message, {
        data: failure.data,
        declared: failure.declared === true,
      }),
    )
  }

  expire(): void {
    this.reject(new WirepactError('deadline-exceeded', `${this.entry.name} did not answer within its deadline`))
  }

  reject(error: unknown): void {
    if (!this.#leave()) return
    if (this.stream === undefined) this.#reject(error)
    else this.stream.fail(error)
  }

  /** The signal's listener: an object instead of a closure per call. */
  handleEvent(): void {
    this.giveUp(this.#signal?.aborted ? this.#signal.reason : this.#scope?.reason)
  }

  /** Its maker does not want it any more. */
  giveUp(
    reason: unknown,
    error = new WirepactError('cancelled', `${this.entry.name} was cancelled by its caller`, { cause: reason }),
  ): void {
    if (this.settled) return
    this.session?.cancel(this.id)
    this.reject(error)
  }

  #leave(): boolean {
    if (this.settled) return false
    this.settled = true
    this.#signal?.removeEventListener('abort', this)
    this.#scope?.removeEventListener('abort', this)
    this.#signal = undefined
    this.#scope = undefined
    this.#owner.left(this)
    return true
  }
}

/** A call with items settles through its stream. */
function ignore(): void {}

/** Who made the call: hears of its end. */
export interface CallOwner {
  left(call: OutgoingCall): void
}
