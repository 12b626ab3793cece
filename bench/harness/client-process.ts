// The client's process of one round: it runs the workload.

import { lineToBench } from './control-line.ts'
import { cpuMicroseconds } from './cpu.ts'
import { type ProfileKind, Profiling, type RawProfile } from './profile.ts'
import type { Subject, SubjectClient } from './subject.ts'
import type { Figure, Work, Workload } from './workload.ts'

export interface MeasureOrder {
  readonly subject: string
  readonly workload: string
  readonly port: number
  readonly warmUpMs: number
  readonly measureMs: number
  readonly profile: ProfileKind | undefined
}

export interface MeasureAnswer {
  /** Undefined when the subject cannot do what the workload needs. */
  readonly figures: readonly Figure[] | undefined
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
  const { warmUpMs, measureMs } = order
  const connect = (port = order.port) => subject.connect(port)
  const client: SubjectClient = await connect()
  if (client[workload.needs] === undefined) return { figures: undefined, amount: 0, profiles: undefined }
  let profiles: MeasureAnswer['profiles']
  let amount = 0
  const figures = await workload.run({
    ...{ client, connect, warmUpMs, measureMs, port: order.port },
    server: (name, asked) => line.ask('server', { name: 'workload', argument: { name, argument: asked } }),
    async measure(work) {
      const profiling = order.profile === undefined ? undefined : await startProfiles(order.profile)
      const [measured, cpu] = await withCpu(work)
      profiles = await profiling?.()
      amount += measured.amount
      return figuresOf(workload, measured, cpu)
    },
  })
  return { figures, amount, profiles }
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
