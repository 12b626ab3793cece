import { WirepactError } from './error.ts'
import { isRefusedName, maxBigintDigits, typedArrays } from './tags.ts'

/** Thrown while a value is written, by what cannot travel; {@link refusal} finds out where it is. */
export const refusedValue: unique symbol = Symbol('a value that cannot travel')

/**
 * The error for a value that could not be written: `cannot send a Foo at .a[0].b`. A second walk, so that the first
 * need not keep track of where it is.
 */
export function refusal(value: unknown, maxDepth: number): WirepactError {
  const found = find(value, maxDepth, '') ?? tooDeep('')
  return new WirepactError('invalid-input', `cannot send ${found}`)
}

function find(value: unknown, depth: number, path: string): string | undefined {
  if (typeof value === 'function' || typeof value === 'symbol') return at(`a ${typeof value}`, path)
  if (typeof value === 'bigint' && value.toString().length > maxBigintDigits)
    return at('a bigint of so many digits', path)
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return undefined
  if (depth <= 0) return tooDeep(path)
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) return findItem(value, depth - 1, path)
  if (!isPlain(value)) return typedArrays.has(className(value)) ? undefined : at(`a ${className(value)}`, path)
  for (const [key, field] of Object.entries(value)) {
    const found = isRefusedName(key) ? at(`the key ${key}`, path) : find(field, depth - 1, `${path}.${key}`)
    if (found !== undefined) return found
  }
  return undefined
}

function findItem(items: Iterable<unknown>, depth: number, path: string): string | undefined {
  let index = 0
  for (const item of items) {
    const found = find(item, depth, `${path}[${index++}]`)
    if (found !== undefined) return found
  }
  return undefined
}

function at(what: string, path: string): string {
  return path === '' ? what : `${what} at ${path}`
}

function tooDeep(path: string): string {
  return at('a cycle, or anything nested so deep,', path)
}

/**
 * True for the objects that are maps on the wire. One from another realm (an iframe, a vm context) has a prototype of
 * its own that ends the chain, too.
 */
export function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null
}

/** The name of a value's class, for a sentence or to find a typed array by. */
export function className(value: object): string {
  const name = (value as { constructor?: { name?: unknown } }).constructor?.name
  return typeof name === 'string' && name !== '' ? name : 'class instance'
}
