/** How much is kept, and how long. The engine applies them: past a bound the oldest go, and who needs them is told. */
export interface NatsLogBounds {
  /**
   * Messages kept of each topic. A message holds one record, or several that were appended while the engine had not
   * answered yet: at least this many records are kept. @default 10,000
   */
  readonly recordsPerTopic: number
  /** Age at which a record goes, in milliseconds; at least 1,000. @default 3,600,000 (1 h) */
  readonly ageMs: number
  /** Bytes of all topics together, on the engine's disk or in its memory. @default 1 GiB */
  readonly totalBytes: number
  /** Bytes of keys and values in `kv`; past it `kv` refuses with `full`. @default 64 MiB */
  readonly keyBytes: number
  /**
   * How long the engine remembers the key of an append, in milliseconds; at least 1,000, and at most `ageMs`.
   * @default 120,000 (2 min)
   */
  readonly dedupeMs: number
  /** How long a call waits for the engine before it fails with `unavailable`, in milliseconds. @default 4,500 */
  readonly timeoutMs: number
  /** Appends that wait for the engine, on this node; past it they fail with `unavailable`. @default 10,000 */
  readonly pendingRecords: number
  /** Bytes of appends that wait for the engine, on this node. @default 8 MiB */
  readonly pendingBytes: number
}

export interface NatsTls {
  /** The authority that signed the server's certificate, in PEM; or the path of its file. */
  readonly ca?: string
  readonly caFile?: string
  /** This client's certificate and key, in PEM; or the paths of their files. */
  readonly cert?: string
  readonly certFile?: string
  readonly key?: string
  readonly keyFile?: string
  /** The server speaks TLS from the first byte. @default false */
  readonly handshakeFirst?: boolean
}

export interface NatsReport {
  /**
   * `engine-lost`: no connection, requests wait · `engine-back`: there is one again, and what it holds is known ·
   * `history-lost`: what the engine holds is not what it held; all listeners are told of a gap · `bad-data`: what it sent
   * is not what a log writes · `forbidden`: this user may not do what a log does · `listener-threw`: a bug in whoever
   * watches
   */
  readonly what: 'engine-lost' | 'engine-back' | 'history-lost' | 'bad-data' | 'forbidden' | 'listener-threw'
  readonly message: string
  readonly error?: unknown
}

export interface NatsLogOptions extends Partial<NatsLogBounds> {
  /** `nats://host:4222`, or several of one cluster. `nats://user:password@host`, `nats://token@host`, `tls://host`. */
  readonly servers: string | readonly string[]
  /** TLS beyond what `tls://` says: `{}` asks for it with the system's authorities. */
  readonly tls?: NatsTls
  /** What a credentials file (`.creds`) holds, for servers with operators and accounts. */
  readonly credentials?: string
  /** Anything else that the NATS client takes (`inboxPrefix`, `authenticator`, `pingInterval` …). It has the last word. */
  readonly connection?: Readonly<Record<string, unknown>>
  /**
   * Names the log: its streams are `name` and `name_keys`, its subjects begin with `name.`. All nodes of one log have the
   * same. Letters, digits, `-` and `_`. @default 'wirepact'
   */
  readonly name?: string
  /** Where the engine keeps records and keys; used when it makes the streams. @default 'file' */
  readonly storage?: 'file' | 'memory'
  /** On how many servers of a cluster, 1 to 5; used when the streams are made. @default 1 */
  readonly replicas?: number
  /**
   * Whether a node that finds the engine restarted, and no other node that knew it before, takes what is stored for
   * complete. By default it does not: nobody can tell whether the newest records survived, so it begins a new epoch, and
   * every client gets a gap. @default false
   */
  readonly trustRestarts?: boolean
  /** Told what an operator wants to know. @default written to the console */
  readonly report?: (report: NatsReport) => void
}

export interface Settings extends NatsLogBounds {
  readonly name: string
  readonly storage: 'file' | 'memory'
  readonly replicas: number
  readonly trustRestarts: boolean
  readonly report: (report: NatsReport) => void
}

const defaults: NatsLogBounds = {
  recordsPerTopic: 10_000,
  ageMs: 3_600_000,
  totalBytes: 1024 * 1024 * 1024,
  keyBytes: 64 * 1024 * 1024,
  dedupeMs: 120_000,
  timeoutMs: 4_500,
  pendingRecords: 10_000,
  pendingBytes: 8 * 1024 * 1024,
}

const least: Partial<NatsLogBounds> = { ageMs: 1_000, dedupeMs: 1_000, timeoutMs: 100 }

/** Fills in the defaults. Throws a `RangeError` that names the option, its unit and its range. */
export function settingsOf(options: NatsLogOptions): Settings {
  const bounds: Record<string, number> = {}
  for (const name of Object.keys(defaults) as (keyof NatsLogBounds)[]) {
    const value =
      options[name] ?? Math.min(defaults[name], name === 'dedupeMs' ? (options.ageMs ?? Infinity) : Infinity)
    const lowest = least[name] ?? 1
    if (!(value >= lowest && value <= Number.MAX_SAFE_INTEGER)) {
      throw new RangeError(`${name} must be at least ${lowest}, not ${value}`)
    }
    bounds[name] = Math.floor(value)
  }
  const { name = 'wirepact', storage = 'file', replicas = 1, trustRestarts = false } = options
  const { report = print } = options
  if (!/^[A-Za-z0-9_-]{1,200}$/.test(name)) {
    throw new RangeError(`name must be 1 to 200 letters, digits, - or _, not ${JSON.stringify(name)}`)
  }
  if (storage !== 'file' && storage !== 'memory') throw new RangeError(`storage must be 'file' or 'memory'`)
  if (!(Number.isInteger(replicas) && replicas >= 1 && replicas <= 5)) {
    throw new RangeError(`replicas must be a whole number from 1 to 5, not ${replicas}`)
  }
  const settings = bounds as unknown as NatsLogBounds
  if (settings.dedupeMs > settings.ageMs) {
    throw new RangeError(`dedupeMs must be at most ageMs (${settings.ageMs}), not ${settings.dedupeMs}`)
  }
  return { ...settings, name, storage, replicas, trustRestarts, report: harmless(report) }
}

/** It is called from where messages are read: what it throws must not stop them. */
function harmless(report: (report: NatsReport) => void): (report: NatsReport) => void {
  return (said) => {
    try {
      report(said)
    } catch (error) {
      print(said)
      print({ what: 'listener-threw', message: 'the function that is told threw, which it must not', error })
    }
  }
}

function print({ what, message, error }: NatsReport): void {
  console.error(`wirepact: ${what}: ${message}`, ...(error === undefined ? [] : [error]))
}
