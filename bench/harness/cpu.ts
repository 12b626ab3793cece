/** CPU time of this process so far, of all its threads, in µs. */
export function cpuMicroseconds(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}
