/** The bounds of a {@link MemoryLog}. Past any of them the oldest records go, and whoever still needs them is told so. */
export interface MemoryBounds {
  /** Bytes of records per topic, 128 per record included. @default 4 MiB */
  readonly bytesPerTopic: number
  /** Records per topic. @default 10,000 */
  readonly recordsPerTopic: number
  /** Age of a record, in milliseconds. @default 300,000 (5 min) */
  readonly ageMs: number
  /** Bytes of records of all topics, 128 per record and about 512 per topic included. @default 512 MiB */
  readonly totalBytes: number
  /** Bytes of keys and values in `kv`; past it `kv` refuses with `full`. @default 64 MiB */
  readonly keyBytes: number
  /** How long a dedupe key is remembered, in milliseconds. @default 120,000 (2 min) */
  readonly dedupeMs: number
  /** Dedupe keys remembered. @default 100,000 */
  readonly dedupeKeys: number
  /** Topics without records and watchers whose offset is remembered (their name and a number). @default 100,000 */
  readonly forgottenTopics: number
}

const DEFAULTS: MemoryBounds = {
  bytesPerTopic: 4 * 1024 * 1024,
  recordsPerTopic: 10_000,
  ageMs: 5 * 60_000,
  totalBytes: 512 * 1024 * 1024,
  keyBytes: 64 * 1024 * 1024,
  dedupeMs: 2 * 60_000,
  dedupeKeys: 100_000,
  forgottenTopics: 100_000,
}

/** Fills in the defaults. Throws a `RangeError` that names the option when one is not a number of at least 1. */
export function memoryBounds(options: Partial<MemoryBounds>): MemoryBounds {
  const bounds: Record<string, number> = {}
  for (const name of Object.keys(DEFAULTS) as (keyof MemoryBounds)[]) {
    const value = options[name] ?? DEFAULTS[name]
    // Infinity is a fair answer to "how many": NaN and 0 are not.
    if (!(value >= 1)) throw new RangeError(`${name} must be at least 1, not ${value}`)
    bounds[name] = value
  }
  return bounds as unknown as MemoryBounds
}
