/** One metric of one subject at one workload: the median of all rounds, and how far they were apart. */
export interface Figure {
  readonly workload: string
  readonly subject: string
  readonly metric: string
  readonly unit: string
  readonly median: number
  readonly min: number
  readonly max: number
  readonly rounds: number
}

/** The same for many places on an axis: what grows with something, and percentiles. */
export interface Curve {
  readonly workload: string
  readonly subject: string
  readonly metric: string
  readonly unit: string
  readonly axis?: string
  readonly points: readonly (readonly [place: number, value: number])[]
  readonly rounds?: number
  /** What each round had at these places, in their order. */
  readonly values?: readonly (readonly number[])[]
}

/** As much of a machine as a reader is told. */
export interface MeasuredOn {
  readonly cpu: string
  readonly cores: number
  readonly os: string
  readonly node: string
  readonly loadBefore: number
  readonly loadAfter: number
  readonly date: string
  readonly packages: Readonly<Record<string, string>>
}

/** A file that the bench wrote with `--json`. */
export interface FiguresFile {
  readonly machine: MeasuredOn
  readonly results: readonly (Figure | Curve)[]
  /** False when the run was ended early. @default true */
  readonly complete?: boolean
  /** What should have been there, too. */
  readonly failed?: readonly { readonly workload: string; readonly subject: string }[]
}

/** Figures that cannot be published; the message is for the person who wants to. */
export class FiguresError extends Error {
  override readonly name = 'FiguresError'
}

/** Several files, each a run of its own. A workload is in one of them, so that what is compared was measured together. */
export class Figures {
  readonly files: ReadonlyMap<string, FiguresFile>

  /**
   * @param files by name
   * @throws FiguresError when a workload is in two of them
   */
  constructor(files: ReadonlyMap<string, FiguresFile>) {
    this.files = files
    const owners = new Map<string, string>()
    for (const [name, { results }] of files) {
      for (const { workload } of results) {
        const owner = owners.get(workload) ?? name
        if (owner !== name)
          throw new FiguresError(
            `${workload} is in ${owner} and in ${name}: figures of two runs cannot be compared. Publish one of them.`,
          )
        owners.set(workload, name)
      }
    }
  }

  /** In the order in which they were measured. */
  get workloads(): readonly string[] {
    return [...new Set(this.#results.map(({ workload }) => workload))]
  }

  subjectsOf(workload: string): readonly string[] {
    return [...new Set(this.#of(workload).map(({ subject }) => subject))]
  }

  /** One metric of all subjects; without a name the first one that the workload has. */
  metric(workload: string, metric?: string): readonly Figure[] {
    const figures = this.#of(workload).filter((one): one is Figure => 'median' in one)
    const wanted = metric ?? figures[0]?.metric
    return figures.filter((one) => one.metric === wanted)
  }

  /** Each metric that is one number, with its unit, in the order of the file. */
  metricsOf(workload: string): readonly Pick<Figure, 'metric' | 'unit'>[] {
    const figures = this.#of(workload).filter((one): one is Figure => 'median' in one)
    return [...new Map(figures.map(({ metric, unit }) => [metric, { metric, unit }])).values()]
  }

  /** A subject that offers what the workload needs, and failed at it. */
  hasFailed(workload: string, subject: string): boolean {
    const all = [...this.files.values()].flatMap(({ failed = [] }) => failed)
    return all.some((one) => one.workload === workload && one.subject === subject)
  }

  median(workload: string, subject: string, metric?: string): number | undefined {
    return this.metric(workload, metric).find((one) => one.subject === subject)?.median
  }

  /** The curves of a workload, those of one metric together. */
  curves(workload: string): readonly (readonly Curve[])[] {
    const curves = this.#of(workload).filter((one): one is Curve => 'points' in one)
    const metrics = [...new Set(curves.map(({ metric }) => metric))]
    return metrics.map((metric) => curves.filter((one) => one.metric === metric))
  }

  get #results(): readonly (Figure | Curve)[] {
    return [...this.files.values()].flatMap(({ results }) => results)
  }

  #of(workload: string): readonly (Figure | Curve)[] {
    return this.#results.filter((one) => one.workload === workload)
  }
}
