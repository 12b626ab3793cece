import { describe, expect, it } from 'vitest'
import { curveTables } from './curve-table.ts'
import type { Machine } from './machine.ts'
import { curvesOf, type Measured, reportText, resultsOf } from './results.ts'
import { tableOf } from './table.ts'

const round = (rate: number, cpu: number) => [
  { metric: 'rate', unit: 'calls/s', value: rate },
  { metric: 'server-cpu', unit: 'µs/call', value: cpu },
]

const allocated = (bytes: number) => [{ metric: 'server-allocated', unit: 'B/call', value: bytes }]

const measured: readonly Measured[] = [
  {
    workload: 'W2',
    subject: 'fast',
    rounds: [round(30_000, 1.5), round(10_000, 1.25), round(20_000, 1)],
    allocations: [allocated(96), allocated(104)],
    failure: undefined,
  },
  { workload: 'W2', subject: 'slow', rounds: [round(5_000, 12), round(4_000, 10)], failure: undefined },
  { workload: 'W2', subject: 'broken', rounds: [round(90_000, 0.1)], failure: 'it lost a message' },
  { workload: 'W2', subject: 'other', rounds: [], offered: false, failure: undefined },
  { workload: 'W2', subject: 'waits', rounds: [], failure: undefined },
]

describe('results', () => {
  it('have one line for each metric, and none for what failed', () => {
    const line = (subject: string, metric: string, unit: string, values: number[], median: number) => ({
      ...{ workload: 'W2', subject, metric, unit, median, values },
      ...{ min: Math.min(...values), max: Math.max(...values), rounds: values.length },
    })
    expect(resultsOf(measured)).toEqual([
      line('fast', 'rate', 'calls/s', [30_000, 10_000, 20_000], 20_000),
      line('fast', 'server-cpu', 'µs/call', [1.5, 1.25, 1], 1.25),
      line('fast', 'server-allocated', 'B/call', [96, 104], 100),
      line('slow', 'rate', 'calls/s', [5_000, 4_000], 4_500),
      line('slow', 'server-cpu', 'µs/call', [12, 10], 11),
    ])
  })

  it('take a curve at each place on its axis', () => {
    const curve = (...points: [number, number][]) => [{ metric: 'rate', unit: 'calls/s', axis: 'in flight', points }]
    const rounds = [curve([1, 10], [8, 70]), curve([1, 12], [8, 60]), curve([1, 11], [8, 80])]
    const curves: readonly Measured[] = [{ workload: 'C', subject: 'fast', rounds, failure: undefined }]
    expect(resultsOf(curves)).toEqual([])
    expect(curvesOf(curves)).toEqual([
      {
        ...{ workload: 'C', subject: 'fast', metric: 'rate', unit: 'calls/s', axis: 'in flight', rounds: 3 },
        points: [
          [1, 11],
          [8, 70],
        ],
        values: [
          [10, 70],
          [12, 60],
          [11, 80],
        ],
      },
    ])
    expect(curveTables(curves)[0]?.trim().split('\n')).toEqual([
      'rate calls/s by in flight  fast',
      '1                          11.0',
      '8                          70.0',
    ])
    expect(tableOf(curves, 'fast').split('\n')).toEqual(['subject', 'fast     see below'])
  })

  it('are written with six digits, lists in one line', () => {
    const machine = { memoryMiB: 1_234_567 } as Machine
    const text = reportText({ machine, results: resultsOf(measured.slice(0, 1)), complete: false })
    expect(text).toContain('"complete": false')
    expect(text).toContain('"values": [ 30000, 10000, 20000 ]')
    const odd = [{ metric: 'rate', unit: 'calls/s', value: 1 / 3 }]
    const one: readonly Measured[] = [{ workload: 'W2', subject: 'odd', rounds: [odd], failure: undefined }]
    expect(JSON.parse(reportText({ machine, results: resultsOf(one), complete: true }))).toMatchObject({
      machine: { memoryMiB: 1_234_567 },
      results: [{ median: 0.333333 }],
    })
  })
})

describe('the table', () => {
  it('shows every subject, what became of it, and how it compares', () => {
    expect(tableOf(measured, 'slow').split('\n')).toEqual([
      'subject      calls/s     min     max  rounds  server-cpu µs/call  server-allocated B/call  × slow',
      'fast          20,000  10,000  30,000       3                1.25                      100    4.44',
      'slow           4,500   4,000   5,000       2                11.0                        –    1.00',
      'broken        failed',
      'other    not offered',
      'waits        not yet',
    ])
  })

  it('compares with nobody when the reference has no figures', () => {
    expect(tableOf(measured, 'broken')).not.toContain('×')
  })

  it('can do without any figures', () => {
    expect(tableOf(measured.slice(2), 'slow').split('\n')).toEqual([
      'subject',
      'broken        failed',
      'other    not offered',
      'waits        not yet',
    ])
  })
})
