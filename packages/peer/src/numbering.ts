import {
  type CompiledContract,
  type ContractTable,
  compareTables,
  type EventEntry,
  type MethodEntry,
  type TableMatch,
  tableOf,
} from '@wirepact/contract'
import { WirepactError } from '@wirepact/protocol'
import type { Numbering } from './caller.ts'
import type { MethodShapes, Shape, Shapes } from './contract-shapes.ts'
import type { ContractDifference } from './implementation.ts'

/**
 * How the other side's contract relates to ours: the numbers it gives to what we call, and where the shapes differ.
 * Without a table of its (the fingerprints were equal) everything is the same.
 */
export class Counterpart implements Numbering, ContractDifference {
  readonly #called: readonly TableMatch[] | undefined
  readonly #implemented: readonly TableMatch[] | undefined
  readonly #events: readonly TableMatch[] | undefined
  readonly #shapes: Shapes | undefined

  /** @param shapes where both sides know of values that are laid out by shape */
  constructor(
    role: 'client' | 'server',
    ours: CompiledContract,
    theirs: ContractTable | undefined,
    shapes?: Shapes | undefined,
  ) {
    this.#shapes = shapes
    if (theirs === undefined) return
    const { methods, clientMethods, events } = compareTables(tableOf(ours), theirs)
    this.#called = role === 'client' ? methods : clientMethods
    this.#implemented = role === 'client' ? clientMethods : methods
    this.#events = events
  }

  numberOf(entry: MethodEntry): number | WirepactError<string> {
    return numberIn(this.#called, entry, 'procedure')
  }

  numberOfEvent(entry: EventEntry): number | WirepactError<string> {
    return numberIn(this.#events, entry, 'event')
  }

  /** Our number of the event that the other side numbers so; -1 when we have none. */
  eventAt(number: number): number {
    return this.#events === undefined ? number : this.#events.findIndex((match) => match.number === number)
  }

  shapesOfCalled(entry: MethodEntry): MethodShapes | undefined {
    return this.#shapes !== undefined && isSame(this.#called, entry) ? this.#shapes.of(entry) : undefined
  }

  implemented(entry: MethodEntry): MethodShapes | undefined {
    return this.#shapes !== undefined && isSame(this.#implemented, entry) ? this.#shapes.of(entry) : undefined
  }

  shapeOfPayload(entry: EventEntry): Shape | undefined {
    return this.#shapes !== undefined && isSame(this.#events, entry) ? this.#shapes.payload(entry) : undefined
  }

  of(entry: MethodEntry): 'shape' | 'version' | null {
    const match = this.#implemented?.[entry.index]
    // What the other side does not know it cannot call by number; by name (the JSON form) it may.
    if (match === undefined || match.number === 'missing') return null
    if (!match.sameVersion) return 'version'
    return match.sameShape ? null : 'shape'
  }
}

function isSame(matches: readonly TableMatch[] | undefined, { index }: MethodEntry | EventEntry): boolean {
  return matches === undefined || matches[index]?.sameShape === true
}

function numberIn(
  matches: readonly TableMatch[] | undefined,
  { index, name, version }: MethodEntry | EventEntry,
  what: string,
): number | WirepactError<string> {
  const match = matches?.[index]
  if (match === undefined) return index
  if (match.number === 'missing') return new WirepactError('unimplemented', `the other side has no ${what} ${name}`)
  if (match.sameVersion) return match.number
  return new WirepactError(
    'incompatible',
    `${name} has version ${version ?? 'none'} here and another on the other side`,
  )
}
