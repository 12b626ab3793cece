import { WirepactError } from './error.ts'
import { isRefusedName, maxBigintDigits, typedArrays } from './tags.ts'
import { wellFormed } from './text.ts'

/** Says a scalar or bytes as plain data, with a tag where that takes one. */
export type TagScalar = (value: number | bigint | undefined | Date | Uint8Array) => unknown

/**
 * The value as plain data with tags (PROTOCOL.md, "Values"): what the JSON form sends. The binary form writes without
 * such a tree, and comes here only to learn *where* a value cannot travel.
 * @throws WirepactError `invalid-input`: "cannot send a Foo at .a[0].b"
 */
export function taggedTree(value: unknown, depth: number, scalar: TagScalar): unknown {
  return new Walk(depth, scalar).value(value, depth)
}

class Walk {
  readonly #maxDepth: number
  readonly #scalar: TagScalar
  /** Keys and indexes that lead to the value being looked at. */
  readonly #path: (string | number)[] = []

  constructor(maxDepth: number, scalar: TagScalar) {
    this.#maxDepth = maxDepth
    this.#scalar = scalar
  }

  value(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        return wellFormed(value)
      case 'boolean':
        return value
      case 'number':
      case 'undefined':
        return this.#scalar(value)
      case 'bigint':
        if (value.toString().length > maxBigintDigits) return this.#refuse('a bigint of so many digits')
        return this.#scalar(value)
      case 'object':
        return value === null ? null : this.#object(value, depth)
      default:
        return this.#refuse(`a ${typeof value}`)
    }
  }

  #object(value: object, depth: number): unknown {
    if (value instanceof Date || value instanceof Uint8Array) return this.#scalar(value)
    if (Array.isArray(value)) return this.#items(value, depth)
    if (value instanceof Map) return { $map: this.#items(value, depth - 1) }
    if (value instanceof Set) return { $set: this.#items(value, depth - 1) }
    if (ArrayBuffer.isView(value)) return this.#typed(value, depth - 1)
    const prototype: unknown = Object.getPrototypeOf(value)
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return this.#refuse(`a ${className(value)}`)
    return this.#record(value as Record<string, unknown>, depth)
  }

  #items(items: Iterable<unknown>, depth: number): unknown[] {
    this.#enter(depth)
    // Array.from also turns holes into undefined.
    return Array.from(items, (item, index) => this.#at(index, item, depth))
  }

  #record(value: Record<string, unknown>, depth: number): unknown {
    const copy: Record<string, unknown> = {}
    const keys = Object.keys(value)
    const wrapped = keys.length === 1 && (keys[0] as string).startsWith('$')
    const inner = wrapped ? depth - 1 : depth
    this.#enter(inner)
    for (const key of keys) {
      if (isRefusedName(key)) return this.#refuse(`the key ${key}`)
      copy[wellFormed(key)] = this.#at(key, value[key], inner)
    }
    return wrapped ? { $: copy } : copy
  }

  #typed(value: ArrayBufferView, depth: number): unknown {
    const name = className(value)
    if (!typedArrays.has(name)) return this.#refuse(`a ${name}`)
    this.#enter(depth)
    return { $typed: [name, this.#scalar(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))] }
  }

  #enter(depth: number): void {
    if (depth <= 0) this.#refuse(`a cycle, or anything nested deeper than ${this.#maxDepth},`)
  }

  #at(key: string | number, value: unknown, depth: number): unknown {
    this.#path.push(key)
    const result = this.value(value, depth - 1)
    this.#path.pop()
    return result
  }

  #refuse(what: string): never {
    const path = this.#path.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('')
    throw new WirepactError('invalid-input', `cannot send ${what}${path && ` at ${path}`}`)
  }
}

/** The name of a value's class, for a sentence or to find a typed array by. */
export function className(value: object): string {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'class instance'
}
