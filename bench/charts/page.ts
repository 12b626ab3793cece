import { type Figures, FiguresError } from './figures.ts'
import { machineLines, overviewTable, pictures, workloadTable } from './tables.ts'
import { targetsTable } from './targets.ts'
import { titleOf } from './titles.ts'

// A page keeps its own words; what stands between two of its marks is made of the figures:
//
//   <!-- figures: overview W1 W2 W3 -->
//   <!-- /figures -->
//
// `overview` is the table of several workloads, `workload` all metrics of one, `targets` what was promised and what came
// of it, `machine` where and when, `pictures` the charts of some workloads, or `overview`.

const BLOCK = /(<!-- figures: ([a-z]+)((?: [\w-]+)*) -->\n)[\s\S]*?(<!-- \/figures -->)/g

/**
 * The page with all its blocks made anew.
 *
 * @param charts names of the pictures that there are
 * @param folder where they are, as the page writes it
 * @throws FiguresError for a block that nobody knows
 */
export function filled(page: string, figures: Figures, charts: readonly string[], folder: string): string {
  return page.replace(BLOCK, (_, open: string, kind: string, rest: string, close: string) => {
    const names = rest.trim().split(' ').filter(Boolean)
    const content = contentOf(kind, names, figures, charts, folder)
    return `${open}\n${content === '' ? 'Not measured yet.' : content}\n\n${close}`
  })
}

/** How many blocks a page has. */
export function blocksOf(page: string): number {
  return [...page.matchAll(BLOCK)].length
}

function contentOf(
  kind: string,
  names: readonly string[],
  figures: Figures,
  charts: readonly string[],
  folder: string,
): string {
  if (kind === 'overview') return overviewTable(figures, names)
  if (kind === 'targets') return targetsTable(figures)
  if (kind === 'machine') return machineLines(figures)
  if (kind === 'workload') {
    const measured = names.filter((name) => figures.metric(name).length > 0)
    return (
      measured.map((name) => `**${titleOf(name)}**\n\n${workloadTable(figures, name)}`).join('\n\n') ||
      'Not measured yet.'
    )
  }
  if (kind === 'pictures') {
    const ofNames = names.flatMap((name) =>
      charts.filter((chart) => chart.replace(/\.svg$/, '') === name || belongs(chart, name)),
    )
    return pictures(ofNames, folder)
  }
  throw new FiguresError(
    `A page asks for "${kind}", which is none of overview, workload, targets, machine and pictures.`,
  )
}

/** `W9-percentiles.svg` belongs to W9. */
function belongs(chart: string, name: string): boolean {
  return chart.startsWith(`${name}-`) && /^-(percentiles|rate|server-cpu|payload)\.svg$/.test(chart.slice(name.length))
}
