import { cpus } from 'node:os'
import type { ReadText } from './sensor.ts'

/** How long one processor spent on what, since the machine started. Only differences mean anything, so any unit will do. */
export type CpuTimes = { user: number; system: number; waiting: number; idle: number }

/**
 * The per-core lines of /proc/stat (`cpu0 user nice system idle iowait irq softirq steal …`, see proc_stat(5)).
 * The first line, `cpu`, is their sum and is left out: the sum is made where it is needed.
 */
export function parseStat(text: string): CpuTimes[] {
  const cores: CpuTimes[] = []
  for (const line of text.split('\n')) {
    if (!/^cpu\d/.test(line)) continue
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number)
    // Time stolen by the hypervisor is time in which this machine wanted to run and could not: it counts as waiting.
    cores.push({ user: user + nice, system: system + irq + softirq, waiting: iowait + steal, idle })
  }
  return cores
}

/** A way to read the times of every core: from /proc where there is one, from node:os elsewhere. */
export type ReadCpuTimes = () => Promise<CpuTimes[]>

export function cpuTimesFromProc(read: ReadText): ReadCpuTimes {
  return async () => parseStat(await read('/proc/stat'))
}

export const cpuTimesFromOs: ReadCpuTimes = async () =>
  cpus().map(({ times }) => ({
    user: times.user + times.nice,
    system: times.sys + times.irq,
    waiting: 0,
    idle: times.idle,
  }))

export function sumOfTimes(cores: readonly CpuTimes[]): CpuTimes {
  const sum = { user: 0, system: 0, waiting: 0, idle: 0 }
  for (const core of cores) {
    sum.user += core.user
    sum.system += core.system
    sum.waiting += core.waiting
    sum.idle += core.idle
  }
  return sum
}

/** Shares of the time between two looks, in percent. Without any time between them nothing can be said. */
export type CpuShares = { user: number; system: number; waiting: number }

export function sharesBetween(before: CpuTimes, after: CpuTimes): CpuShares | undefined {
  // The kernel may take a little back (iowait does shrink, says proc_stat(5)): never show a negative share.
  const user = Math.max(0, after.user - before.user)
  const system = Math.max(0, after.system - before.system)
  const waiting = Math.max(0, after.waiting - before.waiting)
  const idle = Math.max(0, after.idle - before.idle)
  const all = user + system + waiting + idle
  if (all === 0) return undefined
  return { user: (100 * user) / all, system: (100 * system) / all, waiting: (100 * waiting) / all }
}
