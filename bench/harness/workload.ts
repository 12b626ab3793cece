import type { Subject, SubjectClient, SubjectServer } from './subject.ts'

/** A task that subjects are given: a file of `workloads/` that exports one as `workload`. Its name is the file's. */
export interface Workload {
  /** What happens, in one line. */
  readonly about: string
  /** What a subject's client must be able to do. */
  readonly needs: keyof SubjectClient
  /** What one unit of work is called in figures: `call`, `event`. */
  readonly unit: string
  /** Several of them, where that is more than an `s` at the end. */
  readonly units?: string
  /** Bytes allocated per unit are counted too, in a round of their own. @default false */
  readonly countsAllocations?: boolean
  /** What a round takes on a quiet machine beside starting two processes, in ms. @default warming up and measuring */
  lasts?(times: Times): number
  /**
   * Runs in the client's process; the figures it answers with are those of the round, the main one first. Undefined
   * when the subject turns out not to offer it.
   */
  run(run: Run): Promise<readonly (Figure | Curve)[] | undefined>
  /** What the client's half asks of the server's process, by name. */
  readonly serverSide?: Readonly<Record<string, (server: SubjectServer, argument: never) => unknown>>
}

/** One measured value of one round. */
export interface Figure {
  readonly metric: string
  readonly unit: string
  readonly value: number
}

/** Values of one round that belong to points of an axis: of a parameter that grows, or percentiles. */
export interface Curve {
  readonly metric: string
  readonly unit: string
  /** What the first number of each point is. */
  readonly axis: string
  /** Pairs of where on the axis, and how much. */
  readonly points: readonly (readonly [number, number])[]
}

export interface Times {
  readonly warmUpMs: number
  readonly measureMs: number
  /** Calls of each caller, for workloads that are so many calls and not so much time. */
  readonly calls: number
}

export interface Run extends Times {
  /** The first connection, which is there already. */
  readonly client: SubjectClient
  /** Opens one more, through another port if one is given. */
  connect(port?: number): Promise<SubjectClient>
  /** Where the server listens. */
  readonly port: number
  /** The module of the subject, for what cannot be had through a client. */
  readonly subject: Subject
  /** Memory is counted in this round, not time: nothing may be collected meanwhile, so work comes in small lots. */
  readonly smallLots: boolean
  /** Calls a function of `serverSide`, and answers with what it returned. Both must survive a structured clone. */
  server(name: string, argument?: unknown): Promise<unknown>
  /**
   * Does the work that counts, between two readings of both processes' CPU time (and inside of profiles).
   * Answers with the rate and with the CPU time per unit of work.
   */
  measure(work: () => Promise<Work>): Promise<readonly Figure[]>
}

export interface Work {
  /** Units of work that were done, and found to be right. */
  readonly amount: number
  readonly seconds: number
}
