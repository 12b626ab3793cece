import { posix } from 'node:path'
import { at, importsOf, type SourceFile } from './source.ts'

/**
 * The layers of the house. An arrow (an import, type-only ones included) points from a package to one of a lower layer,
 * never to its own and never up. A package that is not here does not exist yet: it is given its place first.
 */
export const LAYERS: Readonly<Record<string, number>> = {
  contract: 0,
  protocol: 0,
  websocket: 0,
  eventlog: 0,
  peer: 1,
  client: 2,
  server: 2,
  react: 3,
  query: 3,
  cli: 3,
  inspector: 3,
  otel: 3,
  testing: 3,
  'eventlog-redis': 3,
  'eventlog-nats': 3,
}

/** Arrows between packages that do not point down, and relative paths that leave their package. */
export function wrongArrows(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const layer = LAYERS[file.packageName]
    if (layer === undefined) return [`${file.path}: the package ${file.packageName} has no place in the layers`]
    return importsOf(file).flatMap(({ specifier, node }) => {
      if (specifier.startsWith('.')) {
        const inside = posix.join(posix.dirname(file.path), specifier).startsWith(`packages/${file.packageName}/`)
        return inside ? [] : [at(file, node, `${specifier} leaves the package`)]
      }
      const target = /^@wirepact\/([^/]+)/.exec(specifier)?.[1]
      if (target === undefined) return []
      const below = LAYERS[target]
      if (below === undefined) return [at(file, node, `the package ${target} has no place in the layers`)]
      return below < layer ? [] : [at(file, node, `${file.packageName} must not import ${target}`)]
    })
  })
}

/** Cycles between files, each as `a → b → a`. */
export function cycles(files: readonly SourceFile[]): string[] {
  const graph = new Map(files.map((file) => [file.path, targetsOf(file)]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, trail: readonly string[]): void => {
    const begin = trail.indexOf(path)
    if (begin >= 0) found.push([...trail.slice(begin), path].join(' → '))
    if (begin >= 0 || done.has(path)) return
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of graph.keys()) visit(path, [])
  return found
}

function targetsOf(file: SourceFile): string[] {
  return importsOf(file)
    .map(({ specifier }) => specifier)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => posix.join(posix.dirname(file.path), specifier))
}
