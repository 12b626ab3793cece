import { isPlain } from './plain-object.ts'
import { className, Refusal, tooDeep } from './refusal.ts'
import { isRefusedName, maxBigintDigits, typedArrayNamed } from './tags.ts'
import { wellFormed } from './text.ts'

/** Says a scalar or bytes as plain data, with a tag where that takes one. */
export type TagScalar = (value: number | bigint | undefined | Date | Uint8Array) => unknown

/**
 * The value as plain data with tags (PROTOCOL.md, "Values"), for an encoder that knows no others, such as JSON's.
 * `depth` is how many containers may open. @throws {@link Refusal} for what cannot travel
 */
export function taggedTree(value: unknown, depth: number, scalar: TagScalar): unknown {
  switch (typeof value) {
    case 'string':
      return wellFormed(value)
    case 'boolean':
      return value
    case 'number':
    case 'undefined':
      return scalar(value)
    case 'bigint':
      if (value.toString().length > maxBigintDigits) throw new Refusal('a bigint of so many digits')
      return scalar(value)
    case 'object':
      return value === null ? null : taggedObject(value, depth, scalar)
    default:
      throw new Refusal(`a ${typeof value}`)
  }
}

function taggedObject(value: object, depth: number, scalar: TagScalar): unknown {
  if (value instanceof Date || value instanceof Uint8Array) return scalar(value)
  if (Array.isArray(value)) return taggedItems(value, depth, scalar)
  if (value instanceof Map) return { $map: taggedItems(value, depth - 1, scalar) }
  if (value instanceof Set) return { $set: taggedItems(value, depth - 1, scalar) }
  if (isPlain(value)) return taggedRecord(value, depth, scalar)
  const name = className(value)
  if (!typedArrayNamed(name)) throw new Refusal(`a ${name}`)
  if (depth < 2) throw tooDeep()
  const { buffer, byteOffset, byteLength } = value as ArrayBufferView
  return { $typed: [name, scalar(new Uint8Array(buffer, byteOffset, byteLength))] }
}

function taggedItems(items: Iterable<unknown>, depth: number, scalar: TagScalar): unknown[] {
  if (depth <= 0) throw tooDeep()
  // Array.from also turns holes into undefined.
  return Array.from(items, (item, index) => {
    try {
      return taggedTree(item, depth - 1, scalar)
    } catch (error) {
      throw Refusal.at(`[${index}]`, error)
    }
  })
}

function taggedRecord(value: Record<string, unknown>, depth: number, scalar: TagScalar): unknown {
  const copy: Record<string, unknown> = {}
  const keys = Object.keys(value)
  const wrapped = keys.length === 1 && (keys[0] as string).startsWith('$')
  const inner = wrapped ? depth - 1 : depth
  if (inner <= 0) throw tooDeep()
  for (const key of keys) {
    if (isRefusedName(key)) throw new Refusal(`the key ${key}`)
    try {
      copy[wellFormed(key)] = taggedTree(value[key], inner - 1, scalar)
    } catch (error) {
      throw Refusal.at(`.${key}`, error)
    }
  }
  return wrapped ? { $: copy } : copy
}
