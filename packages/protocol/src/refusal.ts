import { WirepactError } from './error.ts'

/** Thrown while a value is written, by what cannot travel. The containers around it say on its way out where it is. */
export class Refusal {
  readonly #what: string
  #path = ''

  constructor(what: string) {
    this.#what = what
  }

  /** What a container throws on: the same, found one step further in. Errors of the application's getters pass. */
  static at(step: string, thrown: unknown): unknown {
    if (thrown instanceof Refusal) thrown.#path = step + thrown.#path
    return thrown
  }

  /** What the application is told: `cannot send a Foo at .a[0].b`. */
  static toError(thrown: unknown): unknown {
    if (!(thrown instanceof Refusal)) return thrown
    return new WirepactError('invalid-input', `cannot send ${thrown.#what}${thrown.#path && ` at ${thrown.#path}`}`)
  }
}

export function tooDeep(): Refusal {
  return new Refusal('a cycle, or anything nested so deep,')
}

/** The name of a value's class, for a sentence or to find a typed array by. */
export function className(value: object): string {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'class instance'
}
