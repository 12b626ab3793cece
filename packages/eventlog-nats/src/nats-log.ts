import type {
  AppendOptions,
  EventLog,
  KeyValue,
  LogListener,
  LogWatch,
  Position,
  PutOptions,
  ReadLimits,
  ReadResult,
} from '@wirepact/eventlog'

/** An event log in NATS JetStream, shared by all nodes that open it under the same name. */
export interface NatsLog extends EventLog, AsyncDisposable {
  /** Whether the engine answers and what it holds is known: for a readiness probe. */
  readonly isReady: boolean
  /** Topics that are listened to on this node, and appends that wait for the engine. */
  readonly load: { readonly topics: number; readonly pendingRecords: number; readonly pendingBytes: number }
  append(topic: string, data: Uint8Array, options?: AppendOptions): Promise<Position>
  read(topic: string, after: Position, limits: ReadLimits): Promise<ReadResult>
  head(topic: string): Promise<Position>
  heads(topics: readonly string[]): Promise<readonly Position[]>
  watch(topic: string, listener: LogListener): Promise<LogWatch>
  readonly kv: NatsKeyValue
  /** Ends all watches, fails what waits with `closed`, and closes the connection. Takes 1 s at most. */
  close(): Promise<void>
}

/** Keys in a stream of their own. */
export interface NatsKeyValue extends KeyValue {
  get(key: string): Promise<Uint8Array | undefined>
  put(key: string, value: Uint8Array, options: PutOptions): Promise<void>
  putIfAbsent(key: string, value: Uint8Array, options: PutOptions): Promise<Uint8Array | undefined>
  delete(key: string): Promise<void>
}
