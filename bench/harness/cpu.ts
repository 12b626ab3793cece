import { readFileSync } from 'node:fs'

/** CPU time of this process so far, of all its threads, in µs. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** A tick of `/proc`, in µs: Linux tells user space of 100 in a second, whatever its kernel counts. */
const TICK = 10_000

/** The same of another process, to the nearest 10 ms; NaN where there is no `/proc`. */
export function cpuMicrosecondsOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name, in brackets, may hold anything; user and system time are the 12th and 13th field after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) * TICK
  } catch {
    return Number.NaN
  }
}
