import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { drawAll } from './drawings.ts'
import { Figures, FiguresError, type FiguresFile } from './figures.ts'
import { filled } from './page.ts'

// What is published of figures: the files themselves, the charts, and the tables of two pages. All of it is made of the
// files, so that nobody types a number, and a test can make it again and compare.

const FIGURES = 'bench/figures'
const CHARTS = 'packages/docs/charts'

/** Pages with tables, and how each writes where the charts are. */
const PAGES: Readonly<Record<string, string>> = {
  'README.md': `${CHARTS}/`,
  'packages/docs/performance.md': 'charts/',
}

/** Everything that is made of the figures in the tree: contents by path from the root. */
export function publication(root: string): ReadonlyMap<string, string> {
  const figures = publishedFigures(root)
  const drawings = drawAll(figures)
  const names = [...drawings.keys()]
  const made = new Map([...drawings].map(([name, svg]) => [`${CHARTS}/${name}`, svg]))
  for (const [page, folder] of Object.entries(PAGES)) {
    made.set(page, filled(readFileSync(join(root, page), 'utf8'), figures, names, folder))
  }
  return made
}

function publishedFigures(root: string): Figures {
  return new Figures(new Map(jsonFiles(join(root, FIGURES)).map((path) => [basename(path), read(path)])))
}

/** What differs from what the figures say, one path each: a table or chart that is not theirs, and charts of nothing. */
export function differences(root: string): readonly string[] {
  const made = publication(root)
  const wrong = [...made].filter(([path, text]) => textAt(join(root, path)) !== text).map(([path]) => path)
  return [...wrong, ...strayCharts(root, made)]
}

function strayCharts(root: string, made: ReadonlyMap<string, string>): readonly string[] {
  return namesIn(join(root, CHARTS))
    .map((name) => `${CHARTS}/${name}`)
    .filter((path) => !made.has(path))
}

/**
 * Takes these files in the place of those that were published, or, with none, keeps those; then makes everything anew.
 * Answers with what it wrote.
 *
 * @throws FiguresError for files that are no figures, not complete, or of the same workload
 */
export function publish(root: string, paths: readonly string[]): readonly string[] {
  if (paths.length > 0) replaceFigures(root, paths)
  const made = publication(root)
  mkdirSync(join(root, CHARTS), { recursive: true })
  for (const stray of strayCharts(root, made)) rmSync(join(root, stray))
  const changed = [...made].filter(([path, text]) => textAt(join(root, path)) !== text)
  for (const [path, text] of changed) writeFileSync(join(root, path), text)
  return changed.map(([path]) => path)
}

function replaceFigures(root: string, paths: readonly string[]): void {
  const texts = new Map(paths.map((path) => [basename(path), readFileSync(path, 'utf8')]))
  if (texts.size < paths.length) throw new FiguresError('Two of the files have the same name.')
  // Looked at before anything is deleted.
  const figures = new Figures(new Map(paths.map((path) => [basename(path), read(path)])))
  for (const [name, { complete }] of figures.files) {
    if (complete === false) throw new FiguresError(`${name} was ended before all of its rounds.`)
  }
  const folder = join(root, FIGURES)
  mkdirSync(folder, { recursive: true })
  for (const path of jsonFiles(folder)) rmSync(path)
  for (const [name, text] of texts) writeFileSync(join(folder, name), text)
}

/** @throws FiguresError */
function read(path: string): FiguresFile {
  const file = JSON.parse(readFileSync(path, 'utf8')) as Partial<FiguresFile>
  if (file.machine === undefined || !Array.isArray(file.results))
    throw new FiguresError(`${path} was not written by the bench with --json.`)
  return file as FiguresFile
}

function jsonFiles(folder: string): readonly string[] {
  return namesIn(folder)
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    // Nothing was published yet.
    return []
  }
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
