import type { Figures } from './figures.ts'
import { brief } from './number-text.ts'
import { kindOf, shownMetric, titleOf } from './titles.ts'

/** A table as Markdown has it, laid out so that it can be read as text, too. Columns after the first are numbers. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const [header = [], ...rest] = rows
  const widths = header.map((_, column) => Math.max(3, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join(' | ')} |`
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`
  return [line(header), rule, ...rest.map(line)].join('\n')
}

/** What a column says beside its workload. */
const HEADS: Readonly<Record<string, string>> = {
  W1: 'one at a time, calls/s',
  W2: '64 in flight, calls/s (server µs)',
  W3: '1 KiB answers/s',
  W4: 'events/s to one',
  W5: 'deliveries/s to 500',
  W5b: 'the same in bursts',
  W6: 'KiB per idle connection',
  W7: '64 KiB echo MB/s',
  W8: 'bytes per call',
}

/** One line for each subject, quickest first; medians of all rounds. */
export function overviewTable(figures: Figures, workloads: readonly string[]): string {
  const measured = workloads.filter((workload) => figures.metric(workload).length > 0)
  if (measured.length === 0) return ''
  const subjects = [...new Set(measured.flatMap((workload) => figures.subjectsOf(workload)))]
  const order = measured.includes('W2') ? 'W2' : (measured[0] ?? '')
  const rate = (subject: string) => figures.median(order, subject) ?? 0
  const sorted = [...subjects].sort((a, b) => rate(b) - rate(a))
  return markdownTable([
    ['', ...measured.map((workload) => `${workload} ${HEADS[workload] ?? unitOf(figures, workload)}`)],
    ...sorted.map((subject) => [named(subject), ...measured.map((workload) => cell(figures, workload, subject))]),
  ])
}

function cell(figures: Figures, workload: string, subject: string): string {
  const value = figures.median(workload, subject, shownMetric(workload))
  if (value === undefined) return figures.hasFailed(workload, subject) ? 'failed' : '–'
  const cpu = workload === 'W2' ? figures.median(workload, subject, 'server-cpu') : undefined
  return cpu === undefined ? brief(value) : `${brief(value)} (${brief(cpu)})`
}

function unitOf(figures: Figures, workload: string): string {
  const { metric = '', unit = '' } = figures.metric(workload)[0] ?? {}
  return metric === 'rate' ? unit : `${metric} ${unit}`
}

function named(subject: string): string {
  return kindOf(subject) === 'ours' ? `**${subject}**` : subject
}

/** Every metric of one workload, with the spread of the first. */
export function workloadTable(figures: Figures, workload: string): string {
  const main = figures.metric(workload)
  const metrics = figures.metricsOf(workload).slice(1)
  const [first] = main
  return markdownTable([
    ['', `${first?.metric} ${first?.unit}`, 'spread', ...metrics.map(({ metric, unit }) => `${metric} ${unit}`)],
    ...main.map(({ subject, median, min, max }) => [
      named(subject),
      brief(median),
      `${brief(min)} … ${brief(max)}`,
      ...metrics.map(({ metric }) => {
        const value = figures.median(workload, subject, metric)
        return value === undefined ? '–' : brief(value)
      }),
    ]),
  ])
}

/** Where and when, for each file: figures are compared within one of them only. */
export function machineLines(figures: Figures): string {
  return [...figures.files]
    .map(([name, { machine, results }]) => {
      const workloads = [...new Set(results.map(({ workload }) => workload))].join(', ')
      const rounds = Math.max(...results.map((one) => one.rounds ?? 1))
      const packages = Object.entries(machine.packages).map(([pack, version]) => `${pack} ${version}`)
      return [
        `- \`${name}\`: ${workloads}; ${rounds} rounds on ${machine.date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, ` +
          `Node.js ${machine.node}, ${machine.os}, load ${brief(machine.loadBefore)} before and ${brief(machine.loadAfter)} after`,
        `  (${packages.join(', ')})`,
      ].join('\n')
    })
    .join('\n')
}

/** Links to the pictures of these figures, with what they show as their text. */
export function pictures(names: readonly string[], folder: string): string {
  return names
    .map((name) => {
      const workload = name.replace(/(-(percentiles|rate|server-cpu|payload))?\.svg$/, '')
      return `![${name === 'overview.svg' ? 'wirepact beside others' : titleOf(workload)}](${folder}${name})`
    })
    .join('\n\n')
}
