import { existsSync, readdirSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { ArgumentError } from './arguments.ts'
import { sets } from './standard.ts'

/** Something in `subjects/` or `workloads/`. */
export interface Entry {
  readonly name: string
  /** Address of the module. */
  readonly module: string
}

/** What there is: one entry for each file of the folder, by name. */
export function entriesOf(kind: 'subjects' | 'workloads'): readonly Entry[] {
  // Split code lands in chunks beside the folders, so that every script in them is one of the files.
  const folder = new URL(`../${kind}/`, import.meta.url)
  return readdirSync(fileURLToPath(folder))
    .filter((file) => extname(file) === '.js')
    .map((file) => ({ name: basename(file, '.js'), module: new URL(file, folder).href }))
    .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}

/**
 * The entries with these names, in their order. `all` and the names of sets stand for several; case does not matter, and
 * a path leads to a module of one's own.
 *
 * @throws ArgumentError for a name that nothing has, or that two have
 */
export function choose(
  kind: 'subjects' | 'workloads',
  all: readonly Entry[],
  names: readonly string[],
  folder: string,
): readonly Entry[] {
  const chosen = names.flatMap((name) => {
    if (isPath(name)) return own(name, folder)
    return membersOf(kind, all, name)?.map((member) => named(kind, all, member)) ?? named(kind, all, name)
  })
  const twice = chosen.find((entry, place) => chosen.findIndex(({ name }) => name === entry.name) < place)
  if (twice === undefined) return chosen
  throw new ArgumentError(`Two of the ${kind} are called ${twice.name}, which figures could not tell apart.`)
}

/** The names that this one stands for, if it is that of a set. */
function membersOf(kind: 'subjects' | 'workloads', all: readonly Entry[], name: string): readonly string[] | undefined {
  if (name.toLowerCase() === 'all') return all.map((entry) => entry.name)
  return (sets[kind] as Readonly<Record<string, readonly string[]>>)[name.toLowerCase()]
}

/** @throws ArgumentError */
export function named(kind: string, all: readonly Entry[], name: string): Entry {
  const found = all.find((entry) => entry.name.toLowerCase() === name.toLowerCase())
  if (found !== undefined) return found
  const names = all.map((entry) => entry.name).join(', ')
  throw new ArgumentError(`There is no "${name}" among the ${kind}: ${names}.`)
}

function isPath(name: string): boolean {
  return /[\\/]/.test(name)
}

function own(path: string, folder: string): Entry {
  const full = resolve(folder, path)
  if (!existsSync(full)) throw new ArgumentError(`There is no file ${full}.`)
  return { name: basename(full, extname(full)), module: pathToFileURL(full).href }
}
