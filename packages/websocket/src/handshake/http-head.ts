import { isFieldValue, isToken, trimSpaces } from './header-grammar.ts'

/** Header fields: names in lower case; a field that came more than once keeps every value. */
export type HeaderFields = ReadonlyMap<string, readonly string[]>

/** The head of an HTTP/1.1 request or response. */
export interface HttpHead {
  /** The first line, not interpreted. */
  readonly startLine: string
  readonly fields: HeaderFields
}

/** All values of a field joined as RFC 9110 section 5.3 allows, or undefined when it is missing. */
export function fieldValue(fields: HeaderFields, name: string): string | undefined {
  return fields.get(name)?.join(', ')
}

/** Bounds of a head. */
export interface HeadLimits {
  /** @default 16384 */
  readonly bytes: number
  /** @default 100 */
  readonly fields: number
}

export const DEFAULT_HEAD_LIMITS: HeadLimits = Object.freeze({ bytes: 16 * 1024, fields: 100 })

const CR = 0x0d
const LF = 0x0a

/**
 * Collects the head of an HTTP/1.1 message from chunks, looks at each byte once, and keeps what follows it.
 */
export class HeadReader {
  readonly #limits: HeadLimits
  readonly #chunks: string[] = []
  #length = 0
  /** How many bytes of CR LF CR LF the last bytes matched. */
  #matched = 0

  constructor(limits: HeadLimits = DEFAULT_HEAD_LIMITS) {
    this.#limits = limits
  }

  /**
   * @returns the index in this chunk of the first byte after the head, 'more' when it is not complete, or 'too-large'
   */
  push(chunk: Uint8Array): number | 'more' | 'too-large' {
    const room = this.#limits.bytes - this.#length
    const end = Math.min(chunk.length, room)
    for (let i = 0; i < end; i++) {
      const expected = (this.#matched & 1) === 0 ? CR : LF
      const byte = chunk[i]!
      this.#matched = byte === expected ? this.#matched + 1 : byte === CR ? 1 : 0
      if (this.#matched === 4) {
        this.#keep(chunk, i + 1)
        return i + 1
      }
    }
    if (chunk.length >= room) return 'too-large'
    this.#keep(chunk, end)
    return 'more'
  }

  /** Parse what was collected. @returns undefined when it is not a well-formed head */
  head(): HttpHead | undefined {
    return parseHead(this.#chunks.join(''), this.#limits.fields)
  }

  #keep(chunk: Uint8Array, end: number): void {
    // One character per byte, as HTTP/1.1 has it; in pieces, since the arguments of one call are limited.
    for (let i = 0; i < end; i += 4096) {
      this.#chunks.push(String.fromCharCode(...chunk.subarray(i, Math.min(i + 4096, end))))
    }
    this.#length += end
  }
}

/** @param text the head with its final empty line */
export function parseHead(text: string, maxFields = DEFAULT_HEAD_LIMITS.fields): HttpHead | undefined {
  const lines = text.split('\r\n')
  // The text ends in CR LF CR LF: two empty strings at the end.
  if (lines.length < 3 || lines.length - 3 > maxFields) return undefined
  const fields = new Map<string, string[]>()
  for (let i = 1; i < lines.length - 2; i++) {
    const line = lines[i]!
    const colon = line.indexOf(':')
    if (colon < 0) return undefined
    const name = line.slice(0, colon)
    const value = trimSpaces(line.slice(colon + 1))
    // A space before the colon and folded lines are refused (RFC 9112 sections 5.1 and 5.2): isToken sees to both.
    if (!isToken(name) || !isFieldValue(value)) return undefined
    const values = fields.get(name.toLowerCase())
    if (values === undefined) fields.set(name.toLowerCase(), [value])
    else values.push(value)
  }
  const startLine = lines[0]!
  return isFieldValue(startLine) ? { startLine, fields } : undefined
}
