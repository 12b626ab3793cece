import { expect, it } from 'vitest'
import { renderTable } from './table.ts'

it('lines cells up, and folds the last column between words', () => {
  const rows = [
    ['a', 'short'],
    ['longer', 'words that do not all fit into one line of this width'],
  ]
  expect(renderTable(rows, 40)).toBe(
    ['a       short', 'longer  words that do not all fit into', '        one line of this width'].join('\n'),
  )
})
