import { freemem, totalmem } from 'node:os'
import type { ReadText, Sensor } from './sensor.ts'

export type Memory = { total: number; used: number; cached: number }

/**
 * /proc/meminfo in bytes. "Used" is what programs could not get if they asked for it: MemTotal − MemAvailable
 * (the kernel's own estimate, see proc_meminfo(5)); "cached" is what is filled but would be given back.
 */
export function parseMeminfo(text: string): Memory {
  const kibibytes = (key: string): number => {
    const found = new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)
    return found ? Number(found[1]) : 0
  }
  const total = kibibytes('MemTotal') * 1024
  const free = kibibytes('MemFree') * 1024
  const available = kibibytes('MemAvailable') * 1024
  return { total, used: total - available, cached: Math.max(0, available - free) }
}

export type ReadMemory = () => Promise<Memory>

export function memoryFromProc(read: ReadText): ReadMemory {
  return async () => parseMeminfo(await read('/proc/meminfo'))
}

export const memoryFromOs: ReadMemory = async () => {
  const total = totalmem()
  return { total, used: total - freemem(), cached: 0 }
}

export function memorySensor(readMemory: ReadMemory, total: number): Sensor {
  return {
    description: { name: 'memory', title: 'Memory', unit: 'bytes', series: ['used', 'cached'], ceiling: total },
    async sample() {
      const { used, cached } = await readMemory()
      return [used, cached]
    },
  }
}
