import { basename } from 'node:path'
import { at, importsOf, part, type SourceFile, type SyntaxNode, walk } from './source.ts'

const LONGEST_FILE = 350
const LONGEST_FUNCTION = 60

/** The one place where the codec's library is known. */
const CODEC = /^packages\/protocol\/src\/codec[^/]*\.ts$/

export function codecLeaks(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => !CODEC.test(file.path) && !file.isTest)
    .flatMap((file) =>
      importsOf(file)
        .filter(({ specifier }) => /^msgpackr(\/|$)/.test(specifier))
        .map(({ node }) => at(file, node, 'only the codec may import msgpackr')),
    )
}

export function longFiles(files: readonly SourceFile[]): string[] {
  return files
    .map((file) => ({ path: file.path, lines: file.text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LONGEST_FILE)
    .map(({ path, lines }) => `${path}: ${lines} lines, at most ${LONGEST_FILE}`)
}

/** Functions of the product only: a `describe` is one function however many facts it states. */
export function longFunctions(files: readonly SourceFile[]): string[] {
  return eachNode(
    files.filter((file) => !file.isTest),
    (node, file) => {
      if (!/^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type)) return undefined
      const lines = file.text.slice(node.start, node.end).split('\n').length
      return lines > LONGEST_FUNCTION ? `a function of ${lines} lines, at most ${LONGEST_FUNCTION}` : undefined
    },
  )
}

const FORBIDDEN: Readonly<Record<string, string>> = {
  TSAnyKeyword: 'any',
  TSEnumDeclaration: 'an enum',
  TSModuleDeclaration: 'a namespace',
  TSParameterProperty: 'a parameter property',
  ExportAllDeclaration: 'export *',
  ExportDefaultDeclaration: 'a default export',
}

export function forbiddenSyntax(files: readonly SourceFile[]): string[] {
  return eachNode(files, (node) => FORBIDDEN[node.type])
}

/** Code made from text at run time: refused by the content policy of browsers and by workers. */
export function madeFromText(files: readonly SourceFile[]): string[] {
  const shipped = files.filter((file) => !file.isTest && !/\/src\/node(\.ts|\/)/.test(file.path))
  return eachNode(shipped, (node) => {
    const callee = part(node, 'callee')?.name
    if (node.type === 'CallExpression' && callee === 'eval') return 'eval'
    if (/^(New|Call)Expression$/.test(node.type) && callee === 'Function') return 'a function made from text'
    return undefined
  })
}

/** Statements that act when a module is loaded: they would run in every bundle that mentions it. */
export function importEffects(files: readonly SourceFile[]): string[] {
  return files
    .filter((file) => !file.isTest)
    .flatMap((file) =>
      (file.tree.body as SyntaxNode[])
        .filter((node) => /^(Expression|For\w*|While|If|Try|Block)Statement$/.test(node.type))
        .map((node) => at(file, node, 'does something when it is imported')),
    )
}

/** Names that say nothing. */
export function emptyNames(files: readonly SourceFile[]): string[] {
  const badFiles = files
    .filter((file) => /^(utils?|helpers?|managers?|types|common|misc|core|schemas)\./.test(basename(file.path)))
    .map((file) => `${file.path}: a file name that says nothing`)
  const badTypes = eachNode(files, (node) => {
    if (!/^(TSInterfaceDeclaration|TSTypeAliasDeclaration|ClassDeclaration)$/.test(node.type)) return undefined
    const name = String(part(node, 'id')?.name)
    return /(Impl|Manager|Helper|Utils?)$|^[IT][A-Z][a-z]/.test(name) ? `the name ${name}` : undefined
  })
  return [...badFiles, ...badTypes]
}

/** Tests that are not run, or that keep others from being run. */
export function restingTests(files: readonly SourceFile[]): string[] {
  return eachNode(
    files.filter((file) => file.isTest),
    (node) => {
      if (node.type !== 'MemberExpression') return undefined
      const text = `${part(node, 'object')?.name}.${part(node, 'property')?.name}`
      return /^(it|test|describe|suite|bench)\.(only|skip|todo)$/.test(text) ? text : undefined
    },
  )
}

function eachNode(
  files: readonly SourceFile[],
  judge: (node: SyntaxNode, file: SourceFile) => string | undefined,
): string[] {
  return files.flatMap((file) => {
    const found: string[] = []
    walk(file.tree, (node) => {
      const what = judge(node, file)
      if (what !== undefined) found.push(at(file, node, what))
    })
    return found
  })
}
