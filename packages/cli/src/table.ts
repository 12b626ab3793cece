/** Lines of cells, in columns as wide as their widest cell; the last column is folded at `width`. */
export function renderTable(rows: readonly (readonly string[])[], width: number): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  const before = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 0)
  const rest = Math.max(30, width - before)
  return rows
    .flatMap((row) => {
      const head = row.slice(0, -1).map((cell, column) => cell.padEnd((widths[column] ?? 0) + 2))
      const [first = '', ...more] = fold(row.at(-1) ?? '', rest)
      return [head.join('') + first, ...more.map((line) => ' '.repeat(before) + line)]
    })
    .map((line) => line.trimEnd())
    .join('\n')
}

function fold(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
