// Builds every package that is not up to date: JavaScript with tsup, declarations with tsc.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { withLock } from './lock.mjs'
import {
  cachePath,
  filesBelow,
  hashOf,
  readNote,
  root,
  run,
  seconds,
  twoAtATime,
  workspaceFolders,
  writeNote,
} from './workspace.mjs'

const TSUP = join(root, 'node_modules/tsup/dist/cli-default.js')
const TSC = join(root, 'node_modules/typescript/bin/tsc')

/**
 * Builds the packages. Declarations are left out on request: nothing needs them at run time, and `npm start` is quicker.
 * Throws an `Error` with all that the compilers said.
 */
export async function buildPackages({ declarations = true } = {}) {
  const started = performance.now()
  const built = await withLock(cachePath('build.lock'), async () => {
    const packages = inDependencyOrder()
    const jobs = packages.flatMap((each) => [
      () => once(each, 'js', buildScripts),
      ...(declarations ? [() => once(each, 'd.ts', buildDeclarations)] : []),
    ])
    const answers = await twoAtATime(jobs)
    const failures = answers.filter((answer) => answer.failure !== undefined)
    if (failures.length > 0) throw new Error(failures.map(({ failure }) => failure).join('\n\n'))
    return new Set(answers.filter(({ fresh }) => fresh).map(({ folder }) => folder)).size
  })
  if (built > 0) console.log(`Built ${built} packages in ${seconds(started)}`)
}

/** Runs an example's or a test's own `build.mjs`, which says itself what is up to date. */
export async function buildExample(folder) {
  const { build } = await import(pathToFileURL(join(root, folder, 'build.mjs')).href)
  await build()
}

/**
 * The packages of `packages/`, a package after those that it depends on. (Declarations are made from the sources of the
 * packages below, not from their output, so the order serves the reader of a failing build more than the compiler.)
 */
export function inDependencyOrder() {
  const all = new Map()
  for (const folder of workspaceFolders().filter((each) => each.startsWith('packages/'))) {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    all.set(manifest.name, { name: manifest.name, folder, manifest, below: [] })
  }
  const ordered = new Set()
  const visit = (each, path) => {
    if (ordered.has(each)) return
    if (path.includes(each.name)) throw new Error(`packages depend on each other: ${[...path, each.name].join(' → ')}`)
    for (const name of Object.keys(each.manifest.dependencies ?? {})) {
      const below = all.get(name)
      if (below === undefined) continue
      visit(below, [...path, each.name])
      each.below.push(below)
    }
    ordered.add(each)
  }
  for (const each of all.values()) visit(each, [])
  return [...ordered]
}

async function once(each, kind, work) {
  const note = `built/${each.folder.replace('/', '-')}.${kind}`
  const wanted = hashOf(kind === 'js' ? inputsOf(each) : [...new Set([each, ...allBelow(each)].flatMap(inputsOf))])
  if (readNote(note) === wanted && outputsOf(each, kind).every((path) => existsSync(path)))
    return { folder: each.folder }
  const failure = await work(each)
  if (failure === undefined) writeNote(note, wanted)
  return { folder: each.folder, fresh: true, failure: failure && `${each.name} (${kind}):\n${failure}` }
}

function allBelow(each) {
  return each.below.flatMap((below) => [below, ...allBelow(below)])
}

function inputsOf({ folder }) {
  const config = ['package.json', 'tsconfig.json', 'tsconfig.build.json', 'tsup.config.ts']
  const sources = filesBelow(join(root, folder, 'src')).filter((path) => !/\.test(-d)?\.ts$/.test(path))
  return [
    ...config.map((name) => join(root, folder, name)),
    join(root, 'tsconfig.json'),
    ...sources,
    import.meta.filename,
  ]
}

/** The files that the package's own doors promise. */
function outputsOf({ folder, manifest }, kind) {
  return Object.values(manifest.exports)
    .map((door) => (kind === 'js' ? door.default : door.types))
    .filter((path) => path !== undefined)
    .map((path) => join(root, folder, path))
}

async function buildScripts({ folder }) {
  empty(folder, /\.js(\.map)?$/)
  const { code, output } = await run(process.execPath, [TSUP, '--silent'], { cwd: join(root, folder) })
  return code === 0 ? undefined : output
}

async function buildDeclarations({ folder }) {
  empty(folder, /\.d\.ts$/)
  const { code, output } = await run(process.execPath, [TSC, '-p', 'tsconfig.build.json'], { cwd: join(root, folder) })
  for (const path of declarationsIn(folder)) writeFileSync(path, withScriptPaths(readFileSync(path, 'utf8')))
  return code === 0 ? undefined : output
}

function declarationsIn(folder) {
  const below = (path) =>
    readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? below(join(path, entry.name)) : [join(path, entry.name)],
    )
  const dist = join(root, folder, 'dist')
  return existsSync(dist) ? below(dist).filter((path) => path.endsWith('.d.ts')) : []
}

function empty(folder, pattern) {
  const dist = join(root, folder, 'dist')
  if (!existsSync(dist)) return
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (entry.isFile() && pattern.test(entry.name)) rmSync(join(entry.parentPath ?? entry.path, entry.name))
  }
}

/**
 * `./x.ts` becomes `./x.js`: tsc rewrites the paths of what it emits as JavaScript, but leaves those of declarations as
 * they stand in the source, and there is no `x.ts` beside a published `x.d.ts`.
 */
export function withScriptPaths(declaration) {
  return declaration.replace(/(\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(['"])(\.{1,2}\/[^'"]+)\.ts\2/g, '$1$2$3.js$2')
}
