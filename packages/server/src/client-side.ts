import type { ContractTable, EventEntry, MethodEntry } from '@wirepact/contract'
import { Caller, type ContractDifference, Counterpart, type MethodShapes, type Shapes } from '@wirepact/peer'
import { type Layouts, type Session, type UnsettledCall, WirepactError } from '@wirepact/protocol'
import type { Shared } from './server-core.ts'

/** What a server knows of one client's contract, and its calls to that client. */
export class ClientSide implements ContractDifference {
  /** What the client said of its contract. */
  readonly fingerprint: string
  /** Where values may be laid out by shape. */
  readonly shapes: Shapes | undefined
  readonly #core: Shared
  #counterpart: Counterpart
  /** Its contract differs, and its table has not come yet on this channel. */
  #awaitsTable = false
  /** Set once it may be called: it is known what its procedures are numbered as, and it has been told its state. */
  #session: Session | undefined
  /** Made when it is first needed: most clients are never called, and an idle one is to cost little. */
  #caller: Caller | undefined
  #gone = false

  constructor(core: Shared, fingerprint: string, shapes: Shapes | undefined) {
    this.#core = core
    this.shapes = shapes
    // The same text where it is the same, not the copy that each client sends.
    this.fingerprint = fingerprint === core.compiled.fingerprint ? core.compiled.fingerprint : fingerprint
    // Until its table has come, nothing of another contract is known to be the same.
    this.#counterpart = new Counterpart('server', core.compiled, undefined, this.sameContract ? shapes : undefined)
  }

  get sameContract(): boolean {
    return this.fingerprint === this.#core.compiled.fingerprint
  }

  /** Calls to it without an answer. */
  get pending(): number {
    return this.#caller?.pending ?? 0
  }

  get caller(): Caller {
    if (this.#caller === undefined) {
      this.#caller = new Caller({
        clock: this.#core.clock,
        maxQueued: 1_000,
        unavailable: () => (this.#gone ? neverSent() : undefined),
      })
      this.#open()
    }
    return this.#caller
  }

  /** How its contract differs in one method. */
  of(entry: MethodEntry): 'shape' | 'version' | null {
    return this.#counterpart.of(entry)
  }

  /** How its calls are laid out, where it has the same shapes. */
  implemented(entry: MethodEntry): MethodShapes | undefined {
    return this.#counterpart.implemented(entry)
  }

  /** Whether it reads payloads of an event as they are laid out here. */
  hasPayload(entry: EventEntry): boolean {
    return this.#counterpart.shapeOfPayload(entry) !== undefined
  }

  /** Events only go the other way. */
  payload(): undefined {
    return undefined
  }

  /** How what it sends may be laid out. */
  get layouts(): ((session: Session) => Layouts) | undefined {
    const { shapes } = this
    return shapes && ((session) => shapes.incoming(session, this.#core.implementation.methods, this))
  }

  /** It is about to be welcomed over another channel: where the contracts differ, it sends its table again. */
  welcome(): void {
    this.#awaitsTable = !this.sameContract
  }

  /** Its session has begun. Calls to a client whose contract differs wait for its table, which is on its way. */
  begin(session: Session): void {
    if (!this.sameContract) return
    this.#session = session
    this.#open()
  }

  /** Its table has come. False when none was awaited. */
  learn(session: Session, table: ContractTable): boolean {
    if (!this.#awaitsTable) return false
    this.#awaitsTable = false
    this.#counterpart = new Counterpart('server', this.#core.compiled, table, this.shapes)
    this.#session = session
    this.#open()
    return true
  }

  /** There is room again for what waits. */
  resume(): void {
    this.#caller?.resume()
  }

  /** The session is over, and has left calls unanswered. */
  end(unanswered: readonly UnsettledCall[], because: string): void {
    this.#gone = true
    this.#session = undefined
    this.#caller?.lost(unanswered, because)
    this.#caller?.close(
      (call) => new WirepactError('connection-lost', `${call.entry.name} was not answered: the client is gone`),
    )
  }

  #open(): void {
    if (this.#session === undefined) return
    this.#caller?.open(this.#session, this.#counterpart, this.#core.limits.callsInFlight)
  }
}

function neverSent(): WirepactError {
  return new WirepactError('connection-lost', 'the client is gone', { mayHaveRun: false })
}
