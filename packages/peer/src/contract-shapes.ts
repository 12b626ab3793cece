import { type CompiledContract, type EventEntry, type MethodEntry, type Schema, shapeOf } from '@wirepact/contract'
import {
  closeCode,
  type Laid,
  type Layouts,
  ProtocolViolation,
  type Session,
  type Shaper,
  type ValueDecoder,
  type ValueEncoder,
} from '@wirepact/protocol'

// Theory of operation
//
// Where a method's shapes are the same at both ends, its values may be laid out by them (PROTOCOL.md, "Values laid out by
// shape"). Which ones are the same says the `Counterpart`; how a value is laid out says the text of its shape alone, the
// one that the hashes are made of. Whether this side makes use of that, and whether it still has to parse, depends on
// its own schema. All is made when it is first needed, once for all connections.

/** How values of one schema are laid out. */
export interface Shape {
  readonly laid: Laid
  /** What writes such values; undefined where this side had better send them as plain values. */
  readonly writes: ValueEncoder | undefined
  /** Whether exactly what can be laid out is what the schema accepts and gives, so that there is nothing to parse. */
  readonly exact: boolean
}

export interface MethodShapes {
  readonly input: Shape | undefined
  readonly output: Shape | undefined
}

/** The shapes of a contract, of what either side may call and of its events. */
export interface Shapes {
  of(entry: MethodEntry): MethodShapes
  payload(entry: EventEntry): Shape | undefined
  /** How what comes in a session may be laid out. */
  incoming(session: Session, methods: readonly MethodEntry[], known: KnownShapes): Layouts
}

/** What the other side has the same shapes of. */
export interface KnownShapes {
  /** Of what it may call. */
  implemented(entry: MethodEntry): MethodShapes | undefined
  /** Of the events of a topic; null where nobody listens any more. */
  payload(alias: number): Shape | undefined | null
}

export class ContractShapes implements Shapes {
  readonly #shaper: Shaper
  readonly #clientMethods: readonly MethodEntry[]
  readonly #ofServer: MethodShapes[] = []
  readonly #ofClient: MethodShapes[] = []
  readonly #payloads: (Shape | undefined | null)[] = []

  constructor(compiled: CompiledContract, shaper: Shaper) {
    this.#shaper = shaper
    this.#clientMethods = compiled.clientMethods
  }

  of(entry: MethodEntry): MethodShapes {
    const { index } = entry
    const known = this.#clientMethods[index] === entry ? this.#ofClient : this.#ofServer
    known[index] ??= this.#make(entry)
    return known[index] as MethodShapes
  }

  payload(entry: EventEntry): Shape | undefined {
    const { index } = entry
    if (this.#payloads[index] === undefined)
      this.#payloads[index] = this.#shape(entry.definition.payload, 'out') ?? null
    return this.#payloads[index] ?? undefined
  }

  incoming(session: Session, methods: readonly MethodEntry[], known: KnownShapes): Layouts {
    return new IncomingLayouts(session, methods, known)
  }

  #make({ definition }: MethodEntry): MethodShapes {
    const output = 'output' in definition ? (definition.output as Schema | undefined) : undefined
    return { input: this.#shape(definition.input, 'in'), output: this.#shape(output, 'out') }
  }

  #shape(schema: Schema | undefined, side: 'in' | 'out'): Shape | undefined {
    const shape = shapeOf(schema, side)
    if (shape === undefined) return undefined
    const { closed, exact, faithful, text } = shape
    const laid = this.#shaper(text, closed)
    // What is no more than a plain value is sent as one: bytes that are all of a message then need no copy where they come.
    return { laid, exact: exact && laid.describes, writes: faithful && laid.describes ? laid : undefined }
  }
}

/** How what comes over one connection is laid out. */
class IncomingLayouts implements Layouts {
  readonly #session: Session
  readonly #methods: readonly MethodEntry[]
  readonly #known: KnownShapes

  constructor(session: Session, methods: readonly MethodEntry[], known: KnownShapes) {
    this.#session = session
    this.#methods = methods
    this.#known = known
  }

  input(method: number): ValueDecoder {
    const entry = this.#methods[method]
    return (entry && this.#known.implemented(entry)?.input?.laid) ?? unknown
  }

  output(id: number): ValueDecoder {
    const call = this.#session.calls.get(id)
    // Nobody waits for it, or ever did, which the session will say.
    return call === undefined ? skipped : (call.reads ?? unknown)
  }

  payload(alias: number): ValueDecoder {
    const shape = this.#known.payload(alias)
    return shape === null ? skipped : (shape?.laid ?? unknown)
  }
}

/** Passes over what is of no use any more. */
const skipped: ValueDecoder = {
  decode(reader) {
    reader.at = reader.end
    return undefined
  },
}

/** Refuses what is laid out by a shape that only its sender knows. */
const unknown: ValueDecoder = {
  decode() {
    throw new ProtocolViolation(closeCode.protocolViolation, 'laid out by a shape that this side does not have')
  },
}
