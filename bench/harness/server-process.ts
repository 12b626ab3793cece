// The server's process of one round.

import { lineToBench } from './control-line.ts'
import { cpuMicroseconds } from './cpu.ts'
import { HeapCounter } from './heap-count.ts'
import { type ProfileKind, Profiling } from './profile.ts'
import type { Subject, SubjectServer } from './subject.ts'
import type { Workload } from './workload.ts'

export interface ServeOrder {
  /** Addresses of the modules. */
  readonly subject: string
  readonly workload: string
}

let server: SubjectServer | undefined
let workload: Workload | undefined
const profiling = new Profiling()
let heap: HeapCounter | undefined

lineToBench({
  async serve(argument) {
    const order = argument as ServeOrder
    const { subject } = (await import(order.subject)) as { readonly subject: Subject }
    workload = ((await import(order.workload)) as { readonly workload: Workload }).workload
    server = await subject.serve()
    return server.port
  },
  workload(argument) {
    const asked = argument as { readonly name: string; readonly argument: unknown }
    const act = workload?.serverSide?.[asked.name]
    if (act === undefined || server === undefined) throw new Error(`the workload has no server side "${asked.name}"`)
    return act(server, asked.argument as never)
  },
  cpu: () => server?.cpuMicroseconds?.() ?? cpuMicroseconds(),
  'heap-collect'() {
    heap ??= new HeapCounter()
    return heap.collect()
  },
  'heap-count': () => heap?.count(),
  'profile-start': (kind) => profiling.start(kind as ProfileKind),
  'profile-stop': () => profiling.stop(),
})
