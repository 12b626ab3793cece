import { randomBytes } from 'node:crypto'
import { EventLogError, type KeyValue, type PutOptions } from '@wirepact/eventlog'
import type { Connection } from './connection.ts'
import type { KeyNames } from './key-names.ts'
import type { Argument } from './link.ts'
import { plainBytes } from './replies.ts'

/**
 * Keys in the engine, which expires them itself. Each value begins with a mark of the request that stored it: whoever
 * repeats a `putIfAbsent` whose answer was lost finds its own mark, and knows that the key is its.
 */
export class RedisKeyValue implements KeyValue {
  readonly #connection: () => Connection
  readonly #names: KeyNames
  readonly #history: () => Promise<string>

  constructor(connection: () => Connection, names: KeyNames, history: () => Promise<string>) {
    this.#connection = connection
    this.#names = names
    this.#history = history
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return valueIn(await this.#send('GET', key, 0))?.value
  }

  async put(key: string, value: Uint8Array, options: PutOptions): Promise<void> {
    await this.#send('SET', key, value.length, [marked(value).bytes, 'PX', timeOf(options)])
  }

  async putIfAbsent(key: string, value: Uint8Array, options: PutOptions): Promise<Uint8Array | undefined> {
    const { mark, bytes } = marked(value)
    const present = valueIn(await this.#send('SET', key, value.length, [bytes, 'NX', 'GET', 'PX', timeOf(options)]))
    return present === undefined || mark.equals(present.mark) ? undefined : present.value
  }

  async delete(key: string): Promise<void> {
    await this.#send('DEL', key, 0)
  }

  history(): Promise<string> {
    return this.#history()
  }

  #send(command: string, key: string, bytes: number, args: readonly Argument[] = []): Promise<unknown> {
    const name = this.#names.value(key)
    return this.#connection().request(bytes + 2 * key.length + requestBytes, (link) =>
      link.send(name, [command, name, ...args]),
    )
  }
}

function marked(value: Uint8Array): { mark: Buffer; bytes: Buffer } {
  const mark = randomBytes(markBytes)
  return { mark, bytes: Buffer.concat([mark, value]) }
}

function valueIn(reply: unknown): { mark: Uint8Array; value: Uint8Array } | undefined {
  if (reply === null) return undefined
  if (!(reply instanceof Uint8Array) || reply.length < markBytes) {
    throw new EventLogError('unavailable', 'the engine has something else under this key')
  }
  return { mark: reply.subarray(0, markBytes), value: plainBytes(reply.subarray(markBytes)) }
}

/** Engines count whole milliseconds. */
function timeOf({ ttlMs }: PutOptions): string {
  if (!(ttlMs > 0)) throw new RangeError(`ttlMs must be more than 0, not ${ttlMs}`)
  return String(Math.ceil(Math.min(ttlMs, longestMs)))
}

const markBytes = 12
const requestBytes = 1_024
/** About 3,000 years. */
const longestMs = 1e14
