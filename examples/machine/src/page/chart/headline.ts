import type { Reading, SensorInfo } from '../../contract.ts'
import { type Amount, amount, inWords } from '../../format.ts'

/** The one number that stands for a reading, set large on its card, and a word on what it is where that is not plain. */
export function headline(sensor: SensorInfo, { values }: Reading): Amount & { of: string } {
  if (sensor.name === 'cores') return { ...amount(Math.max(0, ...values), sensor.unit), of: 'on the busiest' }
  // Shares and rates add up; of memory in use and memory lent to caches, or of three averages, the first is the one meant.
  const adds = sensor.unit === 'percent' || sensor.unit === 'bytes/s'
  const value = adds ? values.reduce((sum, part) => sum + part, 0) : (values[0] ?? 0)
  const of = sensor.unit === 'bytes' && sensor.ceiling !== undefined ? `of ${inWords(sensor.ceiling, 'bytes')}` : ''
  return { ...amount(value, sensor.unit), of }
}

/** What a person who cannot see the chart would want to be told of it. */
export function summary(sensor: SensorInfo, readings: readonly Reading[]): string {
  const last = readings.at(-1)
  if (last === undefined) return `${sensor.title}: no reading yet`
  if (sensor.name === 'cores') {
    return `${sensor.title}: ${last.values.map((value, core) => `core ${core} ${inWords(value, sensor.unit)}`).join(', ')}`
  }
  const parts = sensor.series.map((name, i) => {
    let low = Number.POSITIVE_INFINITY
    let high = Number.NEGATIVE_INFINITY
    for (const { values } of readings) {
      low = Math.min(low, values[i] ?? 0)
      high = Math.max(high, values[i] ?? 0)
    }
    const now = inWords(last.values[i] ?? 0, sensor.unit)
    return `${name} ${now}, between ${inWords(low, sensor.unit)} and ${inWords(high, sensor.unit)}`
  })
  return `${sensor.title}: ${parts.join('; ')}`
}
