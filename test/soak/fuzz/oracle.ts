/** What must be the same after any message as before it. */
export class Prototypes {
  readonly #before = fingerprints()

  /** The prototypes that are not as they were. */
  changed(): string[] {
    const now = fingerprints()
    return [...this.#before].filter(([name, before]) => now.get(name) !== before).map(([name]) => name)
  }
}

const watched: readonly object[] = [
  ...[Object, Array, Function, String, Number, Boolean, BigInt, Symbol, Date, Error, Promise],
  ...[Map, Set, WeakMap, ArrayBuffer, Uint8Array, Float64Array, JSON, Math, Reflect],
]

const identities = new WeakMap<object, number>()
let identified = 0

function fingerprints(): Map<string, string> {
  const found = new Map<string, string>()
  for (const each of watched) {
    const { name = '', prototype } = each as { name?: string; prototype?: object }
    found.set(name || String(each), shapeOf(each))
    if (prototype !== undefined) found.set(`${name}.prototype`, shapeOf(prototype))
  }
  return found
}

function shapeOf(thing: object): string {
  return Reflect.ownKeys(thing)
    .map((key) => {
      const { value, get, set } = Object.getOwnPropertyDescriptor(thing, key) ?? {}
      return `${String(key)}:${[value, get, set].map(identityOf)}`
    })
    .join()
}

function identityOf(value: unknown): string {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return String(value)
  const known = identities.get(value) ?? ++identified
  identities.set(value, known)
  return `#${known}`
}

/** Collects what nobody caught while it is open. */
export class Uncaught {
  readonly errors: unknown[] = []
  readonly #note = (error: unknown) => void this.errors.push(error)

  constructor() {
    process.on('unhandledRejection', this.#note)
    process.on('uncaughtException', this.#note)
  }

  close(): void {
    process.off('unhandledRejection', this.#note)
    process.off('uncaughtException', this.#note)
  }
}
