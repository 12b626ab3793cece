// The client's process of one round: it runs the workload.

import { allocationsOf, type CountedHeaps } from './allocations.ts'
import { lineToBench } from './control-line.ts'
import { cpuMicroseconds } from './cpu.ts'
import { type HeapCount, HeapCounter } from './heap-count.ts'
import { type ProfileKind, Profiling, type RawProfile } from './profile.ts'
import type { Subject, SubjectClient } from './subject.ts'
import type { Curve, Figure, Work, Workload } from './workload.ts'

export interface MeasureOrder {
  readonly subject: string
  readonly workload: string
  readonly port: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Calls of each caller, for workloads of so many calls. */
  readonly calls: number
  /** Counts what is allocated, and measures no time. */
  readonly counting: boolean
  readonly profile: ProfileKind | undefined
}

export interface MeasureAnswer {
  /** Undefined when the subject cannot do what the workload needs. */
  readonly figures: readonly (Figure | Curve)[] | undefined
  /** A list for each lot of work whose allocations were counted. */
  readonly allocations: readonly (readonly Figure[])[]
  /** Units of work that were measured. */
  readonly amount: number
  readonly profiles: { readonly server: RawProfile; readonly client: RawProfile } | undefined
}

const line = lineToBench({
  async measure(argument) {
    const order = argument as MeasureOrder
    const { subject } = (await import(order.subject)) as { readonly subject: Subject }
    const { workload } = (await import(order.workload)) as { readonly workload: Workload }
    return await measure(order, subject, workload)
  },
})

async function measure(order: MeasureOrder, subject: Subject, workload: Workload): Promise<MeasureAnswer> {
  const { warmUpMs, measureMs, port, calls, counting } = order
  const connect = (to = port) => subject.connect(to)
  const client: SubjectClient = await connect()
  let profiles: MeasureAnswer['profiles']
  let allocations: MeasureAnswer['allocations'] = []
  let amount = 0
  if (client[workload.needs] === undefined) return { figures: undefined, allocations, amount, profiles }
  const figures = await workload.run({
    ...{ client, connect, port, subject, warmUpMs, measureMs, calls, smallLots: counting },
    server: (name, asked) => line.ask('server', { name: 'workload', argument: { name, argument: asked } }),
    async measure(work) {
      if (counting) {
        allocations = await allocationsOf(countedHeaps(), workload.unit, work)
        return []
      }
      const profiling = order.profile === undefined ? undefined : await startProfiles(order.profile)
      const [measured, cpu] = await withCpu(work)
      profiles = await profiling?.()
      amount += measured.amount
      return figuresOf(workload, measured, cpu)
    },
  })
  return { figures, allocations, amount, profiles }
}

function countedHeaps(): CountedHeaps {
  const own = new HeapCounter()
  const server = (name: string) => line.ask('server', { name })
  return {
    // Ours last, and first: what passes between the processes is then the same for every lot.
    async collect() {
      await server('heap-collect')
      await own.collect()
    },
    async counts() {
      const counted = (await server('heap-count')) as HeapCount
      return { server: counted, client: await own.count() }
    },
  }
}

async function startProfiles(kind: ProfileKind): Promise<() => Promise<NonNullable<MeasureAnswer['profiles']>>> {
  const own = new Profiling()
  await line.ask('server', { name: 'profile-start', argument: kind })
  await own.start(kind)
  return async () => {
    const client = await own.stop()
    return { client, server: (await line.ask('server', { name: 'profile-stop' })) as RawProfile }
  }
}

interface CpuTime {
  readonly server: number
  readonly client: number
}

async function withCpu(work: () => Promise<Work>): Promise<readonly [Work, CpuTime]> {
  const serverCpu = async () => (await line.ask('server', { name: 'cpu' })) as number
  const server = await serverCpu()
  const client = cpuMicroseconds()
  const measured = await work()
  return [measured, { client: cpuMicroseconds() - client, server: (await serverCpu()) - server }]
}

function figuresOf({ unit, units }: Workload, { amount, seconds }: Work, cpu: CpuTime): readonly Figure[] {
  return [
    { metric: 'rate', unit: `${units ?? `${unit}s`}/s`, value: amount / seconds },
    { metric: 'server-cpu', unit: `µs/${unit}`, value: cpu.server / amount },
    { metric: 'client-cpu', unit: `µs/${unit}`, value: cpu.client / amount },
  ]
}
