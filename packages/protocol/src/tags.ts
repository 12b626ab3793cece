import { closeCode } from './status.ts'
import { ProtocolViolation } from './violation.ts'

// Tagged maps: one entry whose key begins with `$`, for what neither MessagePack nor JSON can say (PROTOCOL.md, "Values").

/** Longest bigint in decimal digits, so that reading one stays cheap. */
export const maxBigintDigits = 4_096

/** A peer's value could reach an object's prototype through these keys, or pretend to be of a class. */
export function isRefusedName(name: string): boolean {
  return (
    (name.length === 9 && (name === '__proto__' || name === 'prototype')) ||
    (name.length === 11 && name === 'constructor')
  )
}

/** Typed arrays that travel by name; Uint8Array is plain binary. Every engine in use is little-endian, as the wire is. */
const typedArrays = [
  ...[Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array],
  ...[Float32Array, Float64Array, BigInt64Array, BigUint64Array],
]

/** The typed array of this name, if it is one that travels. */
export function typedArrayNamed(name: unknown): (typeof typedArrays)[number] | undefined {
  return typedArrays.find((each) => each.name === name)
}

/**
 * What a tagged map stands for, its content already revived. `$` itself is not handled here: its content is a map that
 * is not looked at as a tag.
 * @throws ProtocolViolation 4422 for an unknown tag or a content it does not allow.
 */
export function untag(tag: string, content: unknown): unknown {
  switch (tag) {
    case '$map':
      if (!Array.isArray(content) || !content.every(isPair)) return malformed('$map needs an array of [key, value]')
      return new Map(content)
    case '$set':
      return Array.isArray(content) ? new Set(content) : malformed('$set needs an array')
    case '$bigint':
      if (typeof content !== 'string' || content.length > maxBigintDigits || !/^(0|-?[1-9]\d*)$/.test(content))
        return malformed(`$bigint needs at most ${maxBigintDigits} decimal characters`)
      return BigInt(content)
    case '$typed':
      return untagTyped(content)
    case '$date':
      return content === null ? new Date(Number.NaN) : malformed('$date needs null')
    default:
      return malformed(`the tag ${tag.slice(0, 32)} is not known`)
  }
}

function isPair(entry: unknown): entry is [unknown, unknown] {
  return Array.isArray(entry) && entry.length === 2
}

function untagTyped(content: unknown): ArrayBufferView {
  const [name, bytes] = isPair(content) ? content : []
  const type = typedArrayNamed(name)
  if (type === undefined || !(bytes instanceof Uint8Array) || bytes.length % type.BYTES_PER_ELEMENT !== 0)
    return malformed('$typed needs an array type and the bytes of whole elements')
  // Into memory of its own: the elements must be aligned.
  return new type(new Uint8Array(bytes).buffer)
}

/** Refuses a value. @throws ProtocolViolation 4422, always */
export function malformed(why: string): never {
  throw new ProtocolViolation(closeCode.malformedValue, why)
}
