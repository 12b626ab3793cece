import { readFile } from 'node:fs/promises'
import { availableParallelism, cpus, totalmem } from 'node:os'
import { coresSensor } from './cores.ts'
import { cpuSensor } from './cpu.ts'
import { cpuTimesFromOs, cpuTimesFromProc } from './cpu-times.ts'
import { diskSensor, parseDiskstats } from './disk.ts'
import { loadSensor } from './load.ts'
import { memoryFromOs, memoryFromProc, memorySensor } from './memory.ts'
import { networkSensor } from './network.ts'
import type { ReadText, Sensor } from './sensor.ts'

/**
 * The sensors that this machine has. /proc says most, but only Linux has it, and some sandboxes show only part of it:
 * so each file is looked for by itself, and a sensor that cannot work here is left out instead of showing zeros.
 */
export async function sensorsOfThisMachine(): Promise<Sensor[]> {
  const read: ReadText = (path) => readFile(path, 'utf8')
  const now = () => performance.now()
  const [stat, meminfo, diskstats, netDev] = await Promise.all(
    ['/proc/stat', '/proc/meminfo', '/proc/diskstats', '/proc/net/dev'].map((path) => read(path).catch(() => '')),
  )
  const times = stat ? cpuTimesFromProc(read) : cpuTimesFromOs
  const cores = (await times()).length || cpus().length || availableParallelism()
  const sensors = [
    cpuSensor(times),
    coresSensor(times, cores),
    memorySensor(meminfo ? memoryFromProc(read) : memoryFromOs, totalmem()),
  ]
  // Windows has no load average; node:os answers with three zeros for ever.
  if (process.platform !== 'win32') sensors.push(loadSensor())
  if (diskstats && parseDiskstats(diskstats).disks > 0) sensors.push(diskSensor(read, now))
  if (netDev) sensors.push(networkSensor(read, now))
  return sensors
}
