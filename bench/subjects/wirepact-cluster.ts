import { serveInCluster } from '../harness/cluster.ts'
import type { Subject } from '../harness/subject.ts'
import { subject as wirepact } from './wirepact.ts'

const PROCESSES = 2

/** Calls only: each process has a log of its own, in its memory. */
export const subject: Subject = {
  about: `wirepact in ${PROCESSES} processes of node:cluster, which may run on any core`,
  packages: wirepact.packages,
  serve: () => serveInCluster(new URL('./wirepact.js', import.meta.url).href, PROCESSES),
  async connect(port) {
    const { call, history, echo, compute } = await wirepact.connect(port)
    return { call: call!, history: history!, echo: echo!, compute: compute! }
  },
}
