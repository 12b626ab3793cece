/** How connections are encrypted; each as Node's `tls.connect` has it. */
export interface RedisTls {
  /** Certificates to trust, PEM. @default those that Node.js trusts */
  readonly ca?: string | readonly string[]
  /** Our own certificate and its key, PEM, for engines that ask for one. */
  readonly cert?: string
  readonly key?: string
  /** The name that the engine's certificate must have. @default the host of the URL */
  readonly servername?: string
  /** False accepts any certificate: for development only. @default true */
  readonly rejectUnauthorized?: boolean
}

/** How much of a topic is kept. Past any bound the oldest records go, and whoever still needs them is told so. */
export interface RedisBounds {
  /** Records per topic; up to an eighth more may be kept. @default 10,000 */
  readonly recordsPerTopic: number
  /** Bytes of records per topic, 128 per record included. @default 4 MiB */
  readonly bytesPerTopic: number
  /** Age of a record, in milliseconds; up to half as much again while nothing is appended. @default 300,000 (5 min) */
  readonly ageMs: number
  /** How long a dedupe key is remembered, in milliseconds. @default 120,000 (2 min) */
  readonly dedupeMs: number
  /**
   * How long a topic that nobody appends to or watches keeps its place, in milliseconds, and at least twice `ageMs`; after
   * that its readers meet a gap. @default 86,400,000 (1 day)
   */
  readonly forgetMs: number
}

/** What happened that an operator wants to know. */
export interface RedisReport {
  /**
   * `engine-lost`: no connection, requests wait · `engine-back`: there is one again · `engine-config`: the engine is
   * not set up for what was declared · `bad-data`: what it sent is not what a log writes · `listener-threw`: a bug in
   * whoever watches
   */
  readonly what: 'engine-lost' | 'engine-back' | 'engine-config' | 'bad-data' | 'listener-threw'
  readonly message: string
  readonly error?: unknown
}

export interface RedisLogOptions extends Partial<RedisBounds> {
  /**
   * Where the engine is: `redis://user:password@host:6379/0`, or `rediss://` for TLS. For a cluster, some of its nodes.
   */
  readonly url: string | readonly string[]
  /** The engine is a cluster. @default whether `url` is a list */
  readonly cluster?: boolean
  /** Instead of those in the URL. */
  readonly username?: string
  readonly password?: string
  /** Needs `rediss://` URLs. */
  readonly tls?: RedisTls
  /** Begins every key and channel: letters, digits and `.:_-`. Logs with other prefixes see nothing of this one. @default 'wirepact' */
  readonly prefix?: string
  /**
   * Declares that the engine has every write on its disk before it answers (`appendonly yes`, `appendfsync always`) and
   * is never replaced by a replica that may lag. Positions then outlive its restarts; without it each restart of the
   * engine is a gap for every subscriber, because nobody can know what was lost. @default false
   */
  readonly durable?: boolean
  /**
   * How long a request may take, reconnecting and repeating it included, in milliseconds; then it fails with
   * `unavailable`. @default 4,000
   */
  readonly timeoutMs?: number
  /** Requests that may wait for an answer; one more fails at once with `unavailable`. @default 10,000 */
  readonly maxWaiting?: number
  /** Bytes of data in requests that wait; more fail at once with `unavailable`. @default 16 MiB */
  readonly maxWaitingBytes?: number
  /** How often watched topics are compared with the engine, in milliseconds. @default 5,000 */
  readonly compareMs?: number
  /** Told what an operator wants to know. @default written to the console */
  readonly report?: (report: RedisReport) => void
}

/** The options with everything filled in. */
export interface RedisSettings extends RedisBounds {
  readonly urls: readonly string[]
  readonly database: number
  readonly cluster: boolean
  readonly username: string | undefined
  readonly password: string | undefined
  readonly tls: RedisTls | undefined
  readonly prefix: string
  readonly durable: boolean
  readonly timeoutMs: number
  readonly maxWaiting: number
  readonly maxWaitingBytes: number
  readonly compareMs: number
  readonly report: (report: RedisReport) => void
}

const numbers = {
  recordsPerTopic: 10_000,
  bytesPerTopic: 4 * 1024 * 1024,
  ageMs: 5 * 60_000,
  dedupeMs: 2 * 60_000,
  forgetMs: 24 * 3_600_000,
  timeoutMs: 4_000,
  maxWaiting: 10_000,
  maxWaitingBytes: 16 * 1024 * 1024,
  compareMs: 5_000,
}

/** Fills in the defaults. @throws RangeError or TypeError that names the option that makes no sense. */
export function settingsOf(options: RedisLogOptions): RedisSettings {
  const { url, prefix = 'wirepact', tls } = options
  const urls = typeof url === 'string' ? [url] : [...url]
  if (urls.length === 0) throw new TypeError('url: a cluster needs at least one address to begin with')
  for (const each of urls) {
    if (!/^rediss?:\/\//.test(each))
      throw new TypeError(`url must begin with redis:// or rediss://, not ${hidden(each)}`)
    if (tls !== undefined && !each.startsWith('rediss:'))
      throw new TypeError('tls needs a url that begins with rediss://')
  }
  // Braces would choose another hash slot, globs and spaces would meet the patterns of operators.
  if (!/^[\w.:-]{1,100}$/.test(prefix))
    throw new TypeError(`prefix must be letters, digits and .:_- only, not "${prefix}"`)
  return {
    ...bounded(options),
    urls,
    database: Number(/^rediss?:\/\/[^/]*\/(\d{1,5})/.exec(urls[0] as string)?.[1] ?? 0),
    cluster: options.cluster ?? typeof url !== 'string',
    username: options.username,
    password: options.password,
    tls,
    prefix,
    durable: options.durable ?? false,
    report: options.report ?? print,
  }
}

function bounded(options: RedisLogOptions): typeof numbers {
  const all = { ...numbers }
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value = options[name] ?? numbers[name]
    if (!(value >= 1)) throw new RangeError(`${name} must be at least 1, not ${value}`)
    // Infinity is a fair answer to "how many", and the engine wants a number.
    all[name] = Math.floor(Math.min(value, largest))
  }
  // A topic must not be forgotten before its records.
  all.forgetMs = Math.max(all.forgetMs, 2 * all.ageMs)
  return all
}

/** A URL may hold a password. */
function hidden(url: string): string {
  return url.replace(/\/\/.*@/, '//…@')
}

function print({ what, message, error }: RedisReport): void {
  console.error(`wirepact: ${what}: ${message}`, ...(error === undefined ? [] : [error]))
}

/** About 30 years in ms. */
const largest = 1e12
