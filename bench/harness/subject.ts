import type { BenchEvent, Reading, UnaryInput, UnaryOutput } from './shapes.ts'
import type { Block, StreamItem } from './stream-items.ts'

/** Something that is measured: a file of `subjects/` that exports one as `subject`. Its name is the file's. */
export interface Subject {
  /** What it is and how it is set up, in one line. */
  readonly about: string
  /** The npm packages whose versions a figure depends on. */
  readonly packages: readonly string[]
  /** The program that its server's process is run by. Only Node.js has profiles, and counts what is allocated. @default 'node' */
  readonly serverRuntime?: 'node' | 'bun'
  /** Called once, in the server's process. Listens on 127.0.0.1, on any free port. */
  serve(): Promise<SubjectServer>
  /** Called in the client's process, once for every connection. Resolves when calls can be made. */
  connect(port: number): Promise<SubjectClient>
  /** Connects to a server of `serveProcedures`. Resolves with a call of the last of its procedures. */
  connectToProcedures?(port: number, count: number): Promise<NonNullable<SubjectClient['call']>>
}

/** What a subject cannot do it leaves out; workloads that need it then leave out the subject. */
export interface SubjectServer {
  readonly port: number
  /** Pushes one event to every subscriber. */
  publish?(event: BenchEvent): void
  /** Bytes that wait to be written, on the connection that has most. */
  queuedBytes?(): number
  /** With so many of them waiting it pushes nothing by itself, so that publishing more would only fill its log. */
  readonly highWaterBytes?: number
  /** Listens on one more port, with so many procedures, all alike but for their names. Resolves with the port. */
  serveProcedures?(count: number): Promise<number>
  /** CPU time of all processes that serve, in µs, where there are several. @default that of the process itself */
  cpuMicroseconds?(): Promise<number> | number
}

export interface SubjectClient {
  /** One unary call. Rejects when anything is wrong. */
  call?(input: UnaryInput): Promise<UnaryOutput>
  /** As `call`, with a handler that is `computeFor`. */
  compute?(input: UnaryInput): Promise<UnaryOutput>
  /** One call that is answered with `readingsFor` its input. */
  history?(input: UnaryInput): Promise<readonly Reading[]>
  /** One call that is answered with the same bytes. */
  echo?(bytes: Uint8Array): Promise<Uint8Array>
  /** Resolves when whatever is published from now on will arrive. `failed` is called when nothing more will. */
  subscribe?(next: (event: BenchEvent) => void, failed: (error: unknown) => void): Promise<void>
  /** Subscribes to one of many topics of events, by its number; nothing is ever published there. */
  subscribeTo?(topic: number): Promise<void>
  /** The server sends `itemsFor` so many ms over one stream. Resolves when all have come, with how many it sent. */
  items?(milliseconds: number, next: (item: StreamItem) => void): Promise<number>
  /** The same with `blocksFor`. */
  download?(milliseconds: number, next: (block: Uint8Array) => void): Promise<number>
  /** Sends these over one stream to a server that looks at each. Resolves with how many it got, when it has all. */
  upload?(blocks: Iterable<Block>): Promise<number>
  /**
   * For subjects that connect again by themselves: resolves when the connection has broken and a new one stands, on
   * which calls can be made.
   */
  returned?(): Promise<void>
  /** Whether a stream goes on when its connection is cut. @default false */
  readonly survivesCuts?: boolean
}
