import type { Reading } from './contract.ts'
import { createCost } from './cost.ts'
import { createHistory, type History } from './history.ts'
import type { Sensor, SensorDescription } from './sensors/sensor.ts'

/**
 * Samples all sensors together, every `intervalMs`, for as long as it runs.
 *
 * Theory of operation: one timer. When it fires, all sensors are read at once; what they say gets the next sequence
 * number of its sensor, goes into the sensor's history and then to `onReading`. Only then is the next tick
 * planned, so ticks never overlap, and it is planned from where this one should have been, so the pace does not drift.
 */
export type Sampler = {
  readonly sensors: readonly SensorDescription[]
  intervalMs: number
  history(sensor: string): History | undefined
  /** What one round of measuring costs on average, in milliseconds of this process's processor time. */
  readonly costMs: number
  stop(): void
}

export type SamplerOptions = {
  sensors: readonly Sensor[]
  intervalMs: number
  onReading(sensor: string, reading: Reading): void
  /** A sensor that failed once. It is asked again with the next tick. */
  onError(sensor: string, error: unknown): void
}

export function startSampler(options: SamplerOptions): Sampler {
  const { sensors, onReading, onError } = options
  const histories = new Map(sensors.map(({ description }) => [description.name, createHistory()]))
  const cost = createCost()
  let intervalMs = options.intervalMs
  let timer: NodeJS.Timeout | undefined
  let due = 0
  let stopped = false

  async function sampleOne(sensor: Sensor): Promise<void> {
    const { name } = sensor.description
    const history = histories.get(name)
    try {
      const values = await sensor.sample()
      if (values === undefined || history === undefined || stopped) return
      onReading(name, history.append({ at: new Date(), values }))
    } catch (error) {
      onError(name, error)
    }
  }

  async function tick(): Promise<void> {
    timer = undefined
    const before = process.cpuUsage()
    await Promise.all(sensors.map(sampleOne))
    cost.add(process.cpuUsage(before))
    if (!stopped) plan(due + intervalMs)
  }

  function plan(at: number): void {
    const now = performance.now()
    // A machine that slept, or was too busy, does not catch up on ticks that nobody measured.
    due = Math.max(at, now)
    timer = setTimeout(tick, due - now)
  }

  plan(performance.now())
  return {
    sensors: sensors.map(({ description }) => description),
    get intervalMs() {
      return intervalMs
    },
    set intervalMs(value) {
      intervalMs = value
      // During a tick there is no timer to move: the tick itself plans the next one, at the new pace.
      if (timer === undefined || stopped) return
      clearTimeout(timer)
      plan(performance.now() + value)
    },
    get costMs() {
      return cost.averageMs
    },
    history: (sensor) => histories.get(sensor),
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
