import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { connect } from '@wirepact/client/node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { machine, type Reading } from './contract.ts'
import type { Sensor } from './sensors/sensor.ts'
import { type RunningMachine, startMachine } from './server.ts'

/** As many cores as the largest machines have: its readings are the heaviest that history has to carry. */
const CORES = 256

const manyCores = (): Sensor => {
  let looks = 0
  return {
    description: {
      name: 'cores',
      title: 'Cores',
      unit: 'percent',
      series: Array.from({ length: CORES }, (_, i) => `core ${i}`),
    },
    async sample() {
      looks++
      return Array.from({ length: CORES }, (_, core) => (looks + core) % 101)
    },
  }
}

type Viewer = ReturnType<typeof connect<typeof machine>>

describe('the server, as a program calls it', () => {
  let folder: string
  let running: RunningMachine
  const clients: Viewer[] = []

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machine-'))
    writeFileSync(join(folder, 'index.html'), '<title>Machine</title>')
    running = await startMachine({ port: 0, page: pathToFileURL(`${folder}/`), sensors: [manyCores()], intervalMs: 5 })
  })
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close()
    await running.close()
    rmSync(folder, { recursive: true })
  })

  type Confirm = () => boolean | Promise<boolean>

  function viewer(name: string, confirm: Confirm = () => true, key = name.padEnd(16, '.')): Viewer {
    const client = connect(machine, new URL('/rpc', running.url.replace('http', 'ws')), {
      credentials: { key },
      handlers: { confirm },
    })
    clients.push(client)
    return client
  }
  const newest = () => running.sampler.history('cores')?.newest ?? 0
  const measured = async (readings: number) => {
    while (newest() < readings) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it('describes the machine and its sensors', async () => {
    const { cores, sensors } = await viewer('a').api.machine.describe()
    expect(cores).toBeGreaterThan(0)
    expect(sensors.map(({ name, series }) => [name, series.length])).toEqual([['cores', CORES]])
  })

  it('gives history in pages that fit into a message, however many cores there are', async () => {
    const { api } = viewer('a')
    await measured(120)
    const seqs: number[] = []
    let before = newest() + 1
    for (;;) {
      const { readings, more } = await api.sensors.history({ sensor: 'cores', before, limit: 1000 })
      expect(readings.every(({ values }) => values.length === CORES)).toBe(true)
      seqs.unshift(...readings.map(({ seq }) => seq))
      before = readings[0]?.seq ?? 0
      if (!more) break
    }
    expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, i) => i + 1))
    expect(seqs.length).toBeGreaterThanOrEqual(120)
  })

  it('pushes the readings that history and latest give as well', async () => {
    const { api, events } = viewer('a')
    const pushed: Reading[] = []
    for await (const reading of events.reading({ sensor: 'cores' })) {
      pushed.push(reading)
      if (pushed.length === 5) break
    }
    expect((await api.sensors.latest({ sensor: 'cores' })).seq).toBeGreaterThanOrEqual(pushed[4]?.seq ?? 0)
    const { readings } = await api.sensors.history({ sensor: 'cores', before: (pushed[4]?.seq ?? 0) + 1, limit: 5 })
    expect(readings).toEqual(pushed)
  })

  it('names the sensors there are to whoever asks for another', async () => {
    const { api, events } = viewer('a')
    for (const call of [
      api.sensors.latest.safe,
      (input: { sensor: string }) => api.sensors.history.safe({ ...input, limit: 1 }),
    ]) {
      expect(await call({ sensor: 'constructor' })).toMatchObject({
        ok: false,
        error: { code: 'NO_SUCH_SENSOR', data: { known: ['cores'] } },
      })
    }
    const ended = new Promise((resolve) => {
      events.reading.subscribe({ sensor: 'weather' }, { next: () => {}, ended: resolve })
    })
    expect(await ended).toMatchObject({ code: 'permission-denied' })
  })

  it('decides one change of pace at a time', async () => {
    let answer: (agreed: boolean) => void = () => {}
    const heard = new Promise<void>((resolve) => {
      const thinks = () =>
        new Promise<boolean>((decide) => {
          answer = decide
          resolve()
        })
      viewer('slow to decide', thinks)
    })
    await clients[0]?.connected()
    const first = viewer('a').api.sampling.setInterval({ intervalMs: 1000 })
    await heard
    const { api, state } = viewer('b')
    expect(await api.sampling.setInterval.safe({ intervalMs: 500 })).toMatchObject({ error: { code: 'BUSY' } })
    answer(true)
    expect(await first).toEqual({ intervalMs: 1000 })
    expect(running.sampler.intervalMs).toBe(1000)
    expect(await api.sampling.setInterval({ intervalMs: 1000 })).toEqual({ intervalMs: 1000 })
    expect(state.value?.intervalMs).toBe(1000)
  })

  it('lets nobody in who does not say who it is', async () => {
    const client = viewer('somebody', undefined, 'short')
    await expect(client.connected()).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})
