import { type Measured, type Result, resultsOf } from './results.ts'

/** What a person reads about one workload: a line for each subject, the ratio to one of them last. */
export function tableOf(measured: readonly Measured[], reference: string): string {
  const results = resultsOf(measured)
  const metrics = [...new Map(results.map(({ metric, unit }) => [metric, unit]))]
  const [main] = metrics
  if (main === undefined) return rowsOf([['subject', ''], ...measured.map((each) => [each.subject, fate(each)])])
  const find = (subject: string, metric: string) =>
    results.find((result) => result.subject === subject && result.metric === metric)
  const base = find(reference, main[0])
  const rest = metrics.slice(1)
  const header = [
    'subject',
    ...[main[1], 'min', 'max', 'rounds'],
    ...rest.map(([metric, unit]) => `${metric} ${unit}`),
    ...(base === undefined ? [] : [`× ${reference}`]),
  ]
  const rows = measured.map((each) => {
    const { subject } = each
    const rate = find(subject, main[0])
    if (rate === undefined) return [subject, fate(each)]
    return [
      subject,
      ...[rate.median, rate.min, rate.max].map(short),
      String(rate.rounds),
      ...rest.map(([metric]) => short(find(subject, metric)?.median)),
      ...(base === undefined ? [] : [ratio(rate, base)]),
    ]
  })
  return rowsOf([header, ...rows])
}

function fate({ failure, offered = true, rounds }: Measured): string {
  if (failure !== undefined) return 'failed'
  if (!offered) return 'not offered'
  return rounds.length === 0 ? 'not yet' : 'see below'
}

function ratio(result: Result, base: Result): string {
  return (result.median / base.median).toFixed(2)
}

/** Four digits at least, grouped: as much as can be compared. */
export function short(value: number | undefined): string {
  if (value === undefined) return '–'
  if (value >= 1000) return Math.round(value).toLocaleString('en')
  return value.toPrecision(3)
}

/** Names to the left, numbers to the right. */
export function rowsOf(rows: readonly (readonly string[])[]): string {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cell.length)
    })
  }
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
