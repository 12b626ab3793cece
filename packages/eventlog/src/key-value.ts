import type { Answer } from './answer.ts'

export interface PutOptions {
  /** How long the value is kept, in milliseconds; more than 0. */
  readonly ttlMs: number
}

/**
 * Values kept by key for a stated time. What is stored is never dropped before its time: a store that is full refuses
 * the next value instead, because a forgotten key would let a call that must run once run again.
 *
 * Fails with an {@link EventLogError}: `full`, `closed`, `unavailable`.
 */
export interface KeyValue {
  get(key: string): Answer<Uint8Array | undefined>

  /** Stores the value, replacing what was there and its time. */
  put(key: string, value: Uint8Array, options: PutOptions): Answer<void>

  /** Stores the value when the key is free, and answers `undefined`; otherwise answers what is there, unchanged. */
  putIfAbsent(key: string, value: Uint8Array, options: PutOptions): Answer<Uint8Array | undefined>

  delete(key: string): Answer<void>

  /**
   * Names what the store remembers. Under another name, values that were stored before may be gone: whoever relies on a
   * value being absent must have asked under the same name. A store without it loses nothing while its process lives.
   */
  history?(): Answer<string>
}
