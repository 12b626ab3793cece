import { fromBase64, toBase64 } from './base64.ts'
import type { CodecLimits } from './limits.ts'
import { isRefusedName, malformed, untag } from './tags.ts'
import { utf8Size, wellFormed } from './text.ts'

// Values in JSON: the tags of the binary form, and some more for what only JSON lacks (PROTOCOL.md, "Values").

/** What JSON cannot say of a scalar is said with a tag. */
export function tagForJson(value: number | bigint | undefined | Date | Uint8Array): unknown {
  switch (typeof value) {
    case 'number':
      if (Number.isFinite(value) && !Object.is(value, -0)) return value
      return { $number: Object.is(value, -0) ? '-0' : String(value) }
    case 'bigint':
      return { $bigint: value.toString() }
    case 'undefined':
      return { $undefined: true }
    default:
      if (value instanceof Uint8Array) return { $bytes: toBase64(value) }
      // JSON has no NaN, so that the time of an invalid Date becomes null by itself.
      return { $date: value.getTime() }
  }
}

/** Revives what JSON.parse returned, under the same limits as the binary form. */
export class JsonReviver {
  readonly #limits: CodecLimits
  #items = 0
  /** What is revived now is a field of the message's own and no value: numbers there are JSON numbers. */
  #isField = false

  constructor(limits: CodecLimits) {
    this.#limits = limits
  }

  /** Starts on a message: its values share one limit of items. */
  begin(): void {
    this.#items = this.#limits.items
  }

  /** As {@link revive}, for a field that holds no value. @throws ProtocolViolation 4422 */
  reviveField(value: unknown): unknown {
    this.#isField = true
    try {
      return this.revive(value)
    } finally {
      this.#isField = false
    }
  }

  /** @throws ProtocolViolation 4422 */
  revive(value: unknown, depth = this.#limits.depth): unknown {
    this.#count()
    if (typeof value === 'string') return wellFormed(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return this.#array(value, depth)
    const record = value as Record<string, unknown>
    const keys = Object.keys(record)
    const only = keys[0]
    if (keys.length !== 1 || only === undefined || !only.startsWith('$')) return this.#record(record, keys, depth)
    const content = record[only]
    if (typeof content !== 'object' || content === null) {
      const scalar = untagScalar(only, content)
      // "In the JSON form it is a JSON number": a tag that stands for one is none, and no field wants NaN.
      return this.#isField && (typeof scalar === 'number' || typeof scalar === 'bigint') ? Number.NaN : scalar
    }
    this.#enter(depth)
    if (only !== '$') return untag(only, this.revive(content, depth - 1))
    if (Array.isArray(content)) return malformed('$ needs an object')
    this.#count()
    return this.#record(content as Record<string, unknown>, Object.keys(content), depth - 1)
  }

  #array(items: unknown[], depth: number): unknown[] {
    this.#enter(depth)
    for (let index = 0; index < items.length; index++) items[index] = this.revive(items[index], depth - 1)
    return items
  }

  #record(record: Record<string, unknown>, keys: readonly string[], depth: number): Record<string, unknown> {
    this.#enter(depth)
    // A new object: JSON.parse makes `__proto__` an own key, and the old one may have keys that are not well-formed.
    const revived: Record<string, unknown> = {}
    for (const key of keys) {
      this.checkKey(key)
      revived[wellFormed(key)] = this.revive(record[key], depth - 1)
    }
    return revived
  }

  /** @throws ProtocolViolation 4422 for a key that must not be there, or is too long */
  checkKey(key: string): void {
    const { keyBytes } = this.#limits
    if (isRefusedName(key)) malformed(`the key ${key} is refused`)
    if (key.length * 3 > keyBytes && utf8Size(key) > keyBytes) malformed(`a key of more than ${keyBytes} bytes`)
  }

  #count(): void {
    if (--this.#items < 0) malformed(`more than ${this.#limits.items} items`)
  }

  #enter(depth: number): void {
    if (depth <= 0) malformed(`nested deeper than ${this.#limits.depth}`)
  }
}

function untagScalar(tag: string, content: unknown): unknown {
  switch (tag) {
    case '$date':
      if (Number.isInteger(content) && Math.abs(content as number) <= 8.64e15) return new Date(content as number)
      return content === null ? untag(tag, content) : malformed('$date needs milliseconds or null')
    case '$bytes':
      return (typeof content === 'string' ? fromBase64(content) : undefined) ?? malformed('$bytes needs base64')
    case '$number':
      if (content === '-0') return -0
      if (content === 'NaN' || content === 'Infinity' || content === '-Infinity') return Number(content)
      return malformed('$number needs "-0", "NaN", "Infinity" or "-Infinity"')
    case '$undefined':
      return content === true ? undefined : malformed('$undefined needs true')
    default:
      return untag(tag, content)
  }
}
