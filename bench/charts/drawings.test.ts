import { describe, expect, it } from 'vitest'
import { drawAll } from './drawings.ts'
import { type Curve, type Figure, Figures } from './figures.ts'
import { overviewTable, workloadTable } from './tables.ts'
import { targetsTable } from './targets.ts'

const machine = {
  ...{ cpu: 'a processor', cores: 2, os: 'Linux', node: '20.20.2', loadBefore: 0, loadAfter: 2, date: '2026-01-01' },
  packages: {},
}

function figure(workload: string, subject: string, median: number, metric = 'rate', unit = 'calls/s'): Figure {
  return { ...{ workload, subject, metric, unit, median, min: median * 0.9, max: median * 1.2 }, rounds: 5 }
}

function figuresOf(...results: (Figure | Curve)[]): Figures {
  return new Figures(new Map([['figures.json', { machine, results }]]))
}

const four = ['W2', 'W3', 'W4', 'W5b'].flatMap((workload) => [
  figure(workload, 'ws-rpc', 200_000),
  figure(workload, 'wirepact', 705_000),
  figure(workload, 'wirepact-public', 600_000),
  figure(workload, 'a<b & c', 50_000),
])

/** What a bar chart says, from top to bottom: names in their order. */
function namesIn(svg: string | undefined): readonly string[] {
  return [...(svg ?? '').matchAll(/<text class="(?:text|text bold)"[^>]*text-anchor="end">([^<]*)</g)].map(
    (match) => match[1]!,
  )
}

describe('bars', () => {
  const svg = drawAll(figuresOf(...four)).get('W2.svg')

  it('are sorted, the best one on top, and ours is in bold', () => {
    expect(namesIn(svg)).toEqual(['wirepact', 'wirepact-public', 'ws-rpc', 'a&lt;b &amp; c'])
    expect(svg).toMatch(/class="text bold"[^>]*>wirepact</)
    expect(svg).toContain('>705 k<')
  })

  it('have the shortest on top where less is better', () => {
    const bytes = ['ws', 'wirepact'].map((name, index) => figure('W8', name, 50 - index * 10, 'bytes', 'bytes/call'))
    expect(namesIn(drawAll(figuresOf(...bytes)).get('W8.svg'))).toEqual(['wirepact', 'ws'])
  })

  it('need nothing from elsewhere, and have both colour schemes', () => {
    expect(svg).not.toMatch(/<script|href|@import|url\(|foreignObject/)
    expect(svg).toContain('prefers-color-scheme:dark')
  })

  it('are in one picture for the first look, without variants of ours', () => {
    const overview = drawAll(figuresOf(...four)).get('overview.svg')
    expect(namesIn(overview)).toHaveLength(4 * 3)
    expect(drawAll(figuresOf(figure('W2', 'ws', 1))).has('overview.svg')).toBe(false)
  })
})

describe('lines', () => {
  const curve = (subject: string, metric: string, points: Curve['points']): Curve => ({
    ...{ workload: 'C-in-flight', subject, metric, unit: 'calls/s', axis: 'calls in flight', points },
    values: [points.map(([, y]) => y * 0.9), points.map(([, y]) => y * 1.1)],
  })

  it('are drawn for what grows, with the spread of the rounds', () => {
    const points = [10, 100, 1_000].map((x) => [x, x * 7] as const)
    const drawings = drawAll(figuresOf(curve('wirepact', 'rate', points), curve('ws', 'rate', points)))
    const svg = drawings.get('C-in-flight-rate.svg')!
    expect([...drawings.keys()]).toEqual(['C-in-flight-rate.svg'])
    expect(svg.match(/opacity/g)).toHaveLength(2 * 3)
    expect(svg).toMatch(/>calls in flight</)
    expect(svg).not.toContain('NaN')
  })

  it('of percentiles are in a unit that can be read', () => {
    const slow: Curve = {
      ...{ workload: 'W11', subject: 'wirepact', metric: 'percentiles', unit: 'µs', axis: 'percent' },
      points: [
        [0, 2_000_000],
        [50, 3_000_000],
        [99, 4_000_000],
        [100, 9_000_000],
      ],
    }
    const svg = drawAll(figuresOf(slow)).get('W11-percentiles.svg')!
    expect(svg).toContain('time in s, less is better')
    expect(svg).not.toContain('NaN')
  })
})

describe('tables', () => {
  it('have the quickest first, ours in bold, and a dash for what is not offered', () => {
    const results = [...four, figure('W2', 'wirepact', 0.7, 'server-cpu', 'µs/call'), figure('W8', 'ws-rpc', 88)]
    expect(overviewTable(figuresOf(...results), ['W2', 'W8', 'W99']).split('\n')).toEqual([
      '|                 | W2 64 in flight, calls/s (server µs) | W8 bytes per call |',
      '| --------------- | -----------------------------------: | ----------------: |',
      '| **wirepact**    |                         705 k (0.70) |                 – |',
      '| wirepact-public |                                600 k |                 – |',
      '| ws-rpc          |                                200 k |              88.0 |',
      '| a<b & c         |                               50.0 k |                 – |',
    ])
  })

  it('do not take a failure for something that is not offered', () => {
    const results = [figure('W2', 'wirepact', 2), figure('W2', 'ws', 1), figure('W3', 'wirepact', 1)]
    const failed = [{ workload: 'W3', subject: 'ws' }]
    const figures = new Figures(new Map([['figures.json', { machine, results, failed }]]))
    expect(overviewTable(figures, ['W2', 'W3'])).toMatch(/^\| ws +\| +1\.00 \| +failed \|$/m)
  })

  it('of one workload have every metric', () => {
    const p99 = figure('W9', 'wirepact', 500, 'p99', 'µs')
    const table = workloadTable(figuresOf(p99, figure('W9', 'wirepact', 30, 'p50', 'µs')), 'W9')
    expect(table).toMatch(/^\| +\| p99 µs \| +spread \| p50 µs \|$/m)
    expect(table).toMatch(/\| +500 \| 450 … 600 \| +30\.0 \|$/m)
  })

  it('of targets say what was met, and what was not', () => {
    const rate = (subject: string, value: number) => figure('W2', subject, value)
    const results = [
      rate('wirepact', 600),
      rate('ws-rpc', 300),
      rate('birpc', 100),
      figure('W6', 'wirepact', 5.5, 'memory', 'KiB'),
    ]
    const rows = targetsTable(figuresOf(...results))
      .split('\n')
      .slice(2)
    expect(
      rows.map((row) =>
        row
          .split('|')
          .map((cell) => cell.trim())
          .slice(1, -1),
      ),
    ).toEqual([
      ['W2', 'ws-rpc', '≥ 3 ×', '', '2.00 ×', 'no'],
      ['W2', 'the best framework (birpc)', '≥ 4 ×', '', '6.00 ×', 'yes'],
      ['W6', '–', '≤ 8 KiB', '≤ 6', '5.50', 'moonshot'],
    ])
  })
})
