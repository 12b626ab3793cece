import { loadavg } from 'node:os'
import type { Sensor } from './sensor.ts'

/**
 * How many processes ran or wanted to run, averaged over 1, 5 and 15 minutes. node:os reads the same three numbers
 * that /proc/loadavg shows, on every system that has them, so there is nothing to parse.
 */
export function loadSensor(read: () => number[] = loadavg): Sensor {
  return {
    description: {
      name: 'load',
      title: 'Load',
      unit: 'processes',
      series: ['1 min', '5 min', '15 min'],
    },
    async sample() {
      return read()
    },
  }
}
