import { at, importsOf, isNode, part, type SourceFile, type SyntaxNode, walk } from './source.ts'

/** Packages that hold no I/O: what they need of the world is handed to them. Their `node` files are its doors. */
const PURE_PACKAGES = new Set(['contract', 'protocol', 'websocket', 'eventlog', 'peer'])

/**
 * Ambient names of hosts. AbortController is not among them: a signal is a plain value, and the API speaks in it. (Its
 * type comes from the DOM library in `peer`, which therefore has no compiler to refuse the others: this list does.)
 */
const WORLD = new Set(
  (
    'Buffer process console globalThis window self document navigator require __dirname __filename ' +
    'setTimeout setInterval setImmediate clearTimeout clearInterval clearImmediate queueMicrotask ' +
    'addEventListener location localStorage requestAnimationFrame XMLHttpRequest EventSource MessageChannel ' +
    'WebSocket fetch TextDecoder TextEncoder crypto performance'
  ).split(' '),
)

export function isPure(file: SourceFile): boolean {
  // `system.ts` is the host's clock and timers as the ports see them: one file, for whoever stands above to hand in.
  const isDoor = /\/src\/(node\.ts|compat\.ts|node\/|system\.ts)/.test(file.path)
  return PURE_PACKAGES.has(file.packageName) && !file.isTest && !isDoor
}

/** Mentions of the world in files that must not know it: globals, Node's modules, the clock, randomness. */
export function worldlyThings(files: readonly SourceFile[]): string[] {
  return files.filter(isPure).flatMap((file) => {
    const found = importsOf(file)
      .filter(({ specifier }) => specifier.startsWith('node:'))
      .map(({ specifier, node }) => at(file, node, `imports ${specifier}`))
    const own = declaredNames(file.tree)
    walk(file.tree, (node, parent, place) => {
      const name = String(node.name)
      if (node.type === 'Identifier' && WORLD.has(name) && !own.has(name) && isReference(parent, place)) {
        found.push(at(file, node, `mentions ${name}`))
      }
      const source = chanceOrTime(node)
      if (source !== undefined) found.push(at(file, node, `calls ${source}; a clock or a source is to be handed in`))
    })
    return found
  })
}

/**
 * Names that a file gives to things of its own: a resend `window` is not the browser's. What is taken out of
 * `globalThis` under such a name is noticed by that word; the compiler, which has no ambient types here, by the rest.
 */
function declaredNames(tree: SyntaxNode): Set<string> {
  const names = new Set<string>()
  const bind = (pattern: unknown): void => {
    if (Array.isArray(pattern)) for (const each of pattern) bind(each)
    if (!isNode(pattern)) return
    if (pattern.type === 'Identifier') names.add(String(pattern.name))
    if (pattern.type === 'ObjectPattern') bind(pattern.properties)
    if (pattern.type === 'ArrayPattern') bind(pattern.elements)
    if (pattern.type === 'Property') bind(pattern.value)
    if (pattern.type === 'RestElement') bind(pattern.argument)
    if (pattern.type === 'AssignmentPattern') bind(pattern.left)
  }
  walk(tree, (node) => {
    if (/^(VariableDeclarator|Function|Class|TSInterface|TSTypeAlias)/.test(node.type)) bind(node.id)
    bind(node.params)
    if (/^Import\w*Specifier$/.test(node.type)) bind(node.local)
  })
  return names
}

/** Whether an identifier in that place stands for a value or a type of that name, and is not merely a key or a member. */
function isReference(parent: SyntaxNode | undefined, place: string): boolean {
  if (parent === undefined || parent.computed === true) return true
  const isName =
    place === 'key' || place === 'label' || place === 'imported' || place === 'exported' || place === 'right'
      ? !/Expression$|Pattern$/.test(parent.type)
      : place === 'property'
  return !isName
}

function chanceOrTime(node: SyntaxNode): string | undefined {
  if (node.type === 'NewExpression' && part(node, 'callee')?.name === 'Date') {
    return (node.arguments as unknown[]).length === 0 ? 'new Date()' : undefined
  }
  if (node.type !== 'MemberExpression') return undefined
  const text = `${part(node, 'object')?.name}.${part(node, 'property')?.name}`
  return text === 'Date.now' || text === 'Math.random' ? text : undefined
}
