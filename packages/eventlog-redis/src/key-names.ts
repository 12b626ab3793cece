import { createHash } from 'node:crypto'

/** The keys of one topic. All have one hash tag, so a cluster keeps them together, and their channel with them. */
export interface TopicKeys {
  readonly state: string
  readonly records: string
  readonly channel: string
}

/**
 * How topics, keys and producers are called in the engine. Their names are data: whatever they contain, two of them never
 * meet in one key, and none of them is a pattern or ends a hash tag.
 */
export class KeyNames {
  readonly #prefix: string
  readonly #channels: string

  /** Keys are of one database, channels of all: theirs are told apart by its number. */
  constructor(prefix: string, database: number) {
    this.#prefix = prefix
    this.#channels = database === 0 ? 'l' : `l${database}`
  }

  topic(name: string): TopicKeys {
    const state = `${this.#prefix}{t/${plain(name)}}`
    return { state, records: `${state}:r`, channel: `${state}:${this.#channels}` }
  }

  producer({ state }: TopicKeys, producer: string): string {
    return `${state}:p:${producer}`
  }

  dedupe({ state }: TopicKeys, key: string): string {
    return `${state}:k:${plain(key)}`
  }

  /** All values have one hash tag: they are lost together or not at all, which the name of their history says. */
  value(key: string): string {
    return `${this.#prefix}{k}${plain(key)}`
  }

  /** Where the history of all values is kept, as that of a topic without records. */
  history(): readonly [state: string, records: string] {
    return [`${this.#prefix}{k}:`, `${this.#prefix}{k}:r`]
  }
}

/**
 * Letters, digits and a few signs stay readable for an operator; every other UTF-16 unit (a lone surrogate, too) becomes
 * its number. Long names are digested: keys are sent with every request.
 */
function plain(name: string): string {
  if (name.length > longest) return `%%${createHash('sha256').update(Buffer.from(name, 'utf16le')).digest('base64url')}`
  return name.replace(/[^\w.~-]/g, escaped)
}

function escaped(unit: string): string {
  const hex = unit.charCodeAt(0).toString(16)
  return hex.length < 3 ? `%${hex.padStart(2, '0')}` : `%u${hex.padStart(4, '0')}`
}

const longest = 200
