import { spawnSync } from 'node:child_process'
import cluster, { type Worker } from 'node:cluster'
import { cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { canPin } from './child.ts'
import { cpuMicroseconds, cpuMicrosecondsOf } from './cpu.ts'
import type { SubjectServer } from './subject.ts'

/**
 * Serves a subject in so many processes, which share a port as `node:cluster` has it: this process accepts, and hands
 * each connection to the next of them in turn. They may run on any core.
 *
 * @param module the address of the subject's module
 */
export async function serveInCluster(module: string, processes: number): Promise<SubjectServer> {
  // What is forked inherits the core that this process was pinned to.
  if (canPin()) spawnSync('taskset', ['-a', '-p', '-c', `0-${cpus().length - 1}`, String(process.pid)])
  cluster.setupPrimary({ exec: join(dirname(process.argv[1] ?? ''), 'cluster-worker-process.js'), args: [module] })
  const workers = Array.from({ length: processes }, () => cluster.fork())
  const ports = await Promise.all(workers.map(portOf))
  return {
    port: ports[0] ?? 0,
    cpuMicroseconds: () =>
      workers.reduce((sum, { process: { pid } }) => sum + cpuMicrosecondsOf(pid ?? 0), cpuMicroseconds()),
  }
}

function portOf(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('message', ({ port }: { readonly port: number }) => resolve(port))
    worker.once('exit', (code) => reject(new Error(`a process of the cluster ended with code ${code}`)))
  })
}
