import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { parseAst } from 'vitest/node'
import { filesBelow, root } from '../setup/workspace.mjs'

/** A node of the syntax tree, as far as these checks look: its kind, where it begins, and whatever else it has. */
export interface SyntaxNode {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [part: string]: unknown
}

/** One source file: where it is, from the root with `/`, and what it says. */
export interface SourceFile {
  readonly path: string
  /** `peer` for everything below packages/peer. */
  readonly packageName: string
  readonly text: string
  readonly tree: SyntaxNode
  /** Tests, and what only they use. */
  readonly isTest: boolean
}

export function sourceFile(path: string, text: string): SourceFile {
  return {
    path,
    packageName: path.split('/')[1] ?? '',
    text,
    tree: parseAst(text, { lang: 'ts' }) as unknown as SyntaxNode,
    isTest: /\.test(-d)?\.ts$|\/src\/testing\//.test(path),
  }
}

/** The TypeScript of all packages. */
export function packageSources(): SourceFile[] {
  const paths: string[] = filesBelow(`${root}packages`)
  return paths
    .map((path) => relative(root, path).replaceAll('\\', '/'))
    .filter((path) => /^packages\/[^/]+\/src\/.*\.ts$/.test(path))
    .map((path) => sourceFile(path, readFileSync(`${root}${path}`, 'utf8')))
}

/** `path:line: what` — the form that an editor opens. */
export function at(file: SourceFile, node: SyntaxNode, what: string): string {
  return `${file.path}:${file.text.slice(0, node.start).split('\n').length}: ${what}`
}

type Visit = (node: SyntaxNode, parent: SyntaxNode | undefined, part: string) => void

/** Visits every node with its parent and the part of the parent that it is (`property`, `key`, …). */
export function walk(node: SyntaxNode, visit: Visit, parent?: SyntaxNode, part = ''): void {
  visit(node, parent, part)
  for (const [name, value] of Object.entries(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (isNode(child)) walk(child, visit, node, name)
    }
  }
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
}

/** The node in that part of another, if there is one. */
export function part(node: SyntaxNode, name: string): SyntaxNode | undefined {
  const value = node[name]
  return isNode(value) ? value : undefined
}

export interface Import {
  readonly specifier: string
  readonly node: SyntaxNode
}

/** Everything a file refers to: imports, re-exports, `import()`, and `import('…')` in types; type-only ones included. */
export function importsOf(file: SourceFile): Import[] {
  const imports: Import[] = []
  walk(file.tree, (node) => {
    if (!/^(Import(Declaration|Expression)|Export(Named|All)Declaration|TSImportType)$/.test(node.type)) return
    const source = part(node, 'source') ?? part(node, 'argument')
    const value = source?.value ?? part(source ?? node, 'literal')?.value
    if (typeof value === 'string') imports.push({ specifier: value, node })
  })
  return imports
}
