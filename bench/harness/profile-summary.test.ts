import { describe, expect, it } from 'vitest'
import { summariseProfile } from './profile-summary.ts'

const root = '/project'
const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber, columnNumber: 0 })

const cpu = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 5, 6] },
    { id: 2, callFrame: frame('emit', 'node:events', 40), children: [3] },
    { id: 3, callFrame: frame('read', 'file:///project/packages/peer/src/reader.ts', 9), children: [4] },
    { id: 4, callFrame: frame('read', 'file:///project/packages/peer/src/reader.ts', 9), children: [7] },
    { id: 5, callFrame: frame('(idle)') },
    { id: 6, callFrame: { ...frame('g0'), scriptId: '112' } },
    { id: 7, callFrame: frame('parse', 'file:///project/node_modules/.pnpm/zod@4/node_modules/zod/index.js', 0) },
  ],
  // Each sample lasts as long as the delta of the next one says.
  samples: [2, 3, 4, 7, 5, 6, 6],
  timeDeltas: [0, 100, 200, 300, 400, 1_000, 250],
}

const text = summariseProfile(
  { kind: 'cpu', json: JSON.stringify(cpu) },
  { head: ['W2 · wirepact'], amount: 10, unit: 'call', root },
)

/** The rows of one table, blanks made one. */
function table(title: string): readonly string[] {
  const lines = text.split('\n')
  const from = lines.findIndex((line) => line.endsWith(title))
  const rows = lines.slice(from + 1)
  return rows.slice(0, rows.indexOf('')).map((row) => row.trim().replace(/\s+/g, ' '))
}

describe('the summary of a profile', () => {
  it('says of what it is, and what a unit of work cost while there was work', () => {
    expect(text.split('\n').slice(0, 2)).toEqual(['W2 · wirepact', '10 calls, 125.000 µs/call busy'])
  })

  it('adds up the parts of the program', () => {
    expect(table('by part')).toEqual([
      '– 100.000 (idle)',
      '40.0 % 50.000 packages/peer',
      '32.0 % 40.000 zod',
      '20.0 % 25.000 code made from text (coders of shapes)',
      '8.0 % 10.000 JavaScript of Node.js',
    ])
  })

  it('tells functions from what they call, once however they call themselves', () => {
    expect(table('without what it calls')).toContain('40.0 % 50.000 read packages/peer/src/reader.ts:10')
    expect(table('with what it calls').filter((row) => /read|parse|emit/.test(row))).toEqual([
      '80.0 % 100.000 emit node:events:41',
      '72.0 % 90.000 read packages/peer/src/reader.ts:10',
      '32.0 % 40.000 parse node_modules/zod/index.js:1',
    ])
  })
})
