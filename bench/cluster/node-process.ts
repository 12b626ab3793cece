// One node of a cluster, in a process of its own.
import { setTimeout as delay } from 'node:timers/promises'
import { lineToBench } from '../harness/control-line.ts'
import { cpuMicroseconds } from '../harness/cpu.ts'
import { now } from './now.ts'
import { type ClusterNode, loadSubject } from './subject.ts'

let node: ClusterNode | undefined

lineToBench({
  async serve(argument) {
    const { subject, url } = argument as { subject: string; url: string }
    node = await (await loadSubject(subject, import.meta.url)).serve(url)
    return node.port
  },
  /** All at once. */
  burst(argument) {
    const { from, count } = argument as { from: number; count: number }
    for (let id = from; id < from + count; id++) node?.publish({ id, kind: 'reading', value: now() })
  },
  /** One after the other, whether the last one has arrived or not. */
  async pace(argument) {
    const { from, count, everyMs } = argument as { from: number; count: number; everyMs: number }
    const began = now()
    for (let sent = 0; sent < count; sent++) {
      const due = began + sent * everyMs
      if (due > now()) await delay(due - now())
      // From when it was due: a node that is late with publishing is late.
      node?.publish({ id: from + sent, kind: 'reading', value: due })
    }
  },
  cpu: () => cpuMicroseconds(),
})
