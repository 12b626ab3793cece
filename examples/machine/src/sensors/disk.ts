import { ratesOf } from './rate.ts'
import type { ReadText, Sensor } from './sensor.ts'

/** The kernel counts in sectors of 512 bytes here, whatever the disk's own sectors are (Documentation/admin-guide/iostats.rst). */
const SECTOR_BYTES = 512

/** Whole disks only: their partitions, and the mapped or RAID devices on top of them, would count the same bytes again. */
const WHOLE_DISK = /^(?:[hsv]d[a-z]+|xvd[a-z]+|nvme\d+n\d+|mmcblk\d+)$/

/** How many disks there are, and the bytes read from and written to all of them since the machine started. */
export function parseDiskstats(text: string): { disks: number; read: number; written: number } {
  let disks = 0
  let read = 0
  let written = 0
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/)
    if (!WHOLE_DISK.test(fields[2] ?? '')) continue
    disks++
    read += Number(fields[5]) * SECTOR_BYTES
    written += Number(fields[9]) * SECTOR_BYTES
  }
  return { disks, read, written }
}

export function diskSensor(read: ReadText, now: () => number): Sensor {
  const rates = ratesOf(now)
  return {
    description: { name: 'disk', title: 'Disks', unit: 'bytes/s', series: ['read', 'written'] },
    async sample() {
      const bytes = parseDiskstats(await read('/proc/diskstats'))
      return rates([bytes.read, bytes.written])
    },
  }
}
