import { describe, expect, it } from 'vitest'
import { type Measured, resultsOf } from './results.ts'
import { tableOf } from './table.ts'

const round = (rate: number, cpu: number) => [
  { metric: 'rate', unit: 'calls/s', value: rate },
  { metric: 'server-cpu', unit: 'µs/call', value: cpu },
]

const measured: readonly Measured[] = [
  {
    workload: 'W2',
    subject: 'fast',
    rounds: [round(30_000, 1.5), round(10_000, 1.25), round(20_000, 1)],
    failure: undefined,
  },
  { workload: 'W2', subject: 'slow', rounds: [round(5_000, 12), round(4_000, 10)], failure: undefined },
  { workload: 'W2', subject: 'broken', rounds: [round(90_000, 0.1)], failure: 'it lost a message' },
  { workload: 'W2', subject: 'other', rounds: [], failure: undefined },
]

describe('results', () => {
  it('have one line for each metric, and none for what failed', () => {
    expect(resultsOf(measured)).toEqual([
      {
        workload: 'W2',
        subject: 'fast',
        metric: 'rate',
        unit: 'calls/s',
        median: 20_000,
        min: 10_000,
        max: 30_000,
        rounds: 3,
      },
      {
        workload: 'W2',
        subject: 'fast',
        metric: 'server-cpu',
        unit: 'µs/call',
        median: 1.25,
        min: 1,
        max: 1.5,
        rounds: 3,
      },
      {
        workload: 'W2',
        subject: 'slow',
        metric: 'rate',
        unit: 'calls/s',
        median: 4_500,
        min: 4_000,
        max: 5_000,
        rounds: 2,
      },
      {
        workload: 'W2',
        subject: 'slow',
        metric: 'server-cpu',
        unit: 'µs/call',
        median: 11,
        min: 10,
        max: 12,
        rounds: 2,
      },
    ])
  })
})

describe('the table', () => {
  it('shows every subject, what became of it, and how it compares', () => {
    expect(tableOf(measured, 'slow').split('\n')).toEqual([
      'subject      calls/s     min     max  rounds  server-cpu µs/call  × slow',
      'fast          20,000  10,000  30,000       3                1.25    4.44',
      'slow           4,500   4,000   5,000       2                11.0    1.00',
      'broken        failed',
      'other    not offered',
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
    ])
  })
})
