/**
 * Hangs things into a tree by their dotted names: `sensors.latest` becomes `tree.sensors.latest`. Plain frozen objects
 * without a prototype rather than proxies, so that `then`, `toJSON` and symbols are undefined, and nothing in a contract
 * can shadow a member.
 */
export function nameTree<Entry extends { readonly name: string }>(
  entries: readonly Entry[],
  leafOf: (entry: Entry) => unknown,
): object {
  const root = emptyNode()
  const nodes = [root]
  for (const entry of entries) {
    const path = entry.name.split('.')
    const last = path.pop() as string
    let node = root
    for (const name of path) {
      const known = node[name] as Node | undefined
      const next = known ?? emptyNode()
      if (known === undefined) nodes.push(next)
      node[name] = next
      node = next
    }
    node[last] = leafOf(entry)
  }
  for (const node of nodes) Object.freeze(node)
  return root
}

interface Node {
  [name: string]: unknown
}

function emptyNode(): Node {
  return Object.create(null) as Node
}

/** What hangs at a dotted name; undefined when nothing does. Members that everything inherits do not count. */
export function atName(tree: unknown, name: string): unknown {
  let node: unknown = tree
  for (const part of name.split('.')) {
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, part)) return undefined
    node = (node as Node)[part]
  }
  return node
}

/**
 * The dotted names of the leaves of a tree; what is undefined is not there.
 *
 * @param isLeaf told of the name too: where a leaf is an object itself, only the contract tells it from a namespace
 */
export function leafNames(tree: object, isLeaf: (node: unknown, name: string) => boolean, prefix = ''): string[] {
  return Object.entries(tree).flatMap(([key, node]) => {
    const name = prefix + key
    if (node === undefined) return []
    if (isLeaf(node, name) || typeof node !== 'object' || node === null) return name
    return leafNames(node, isLeaf, `${name}.`)
  })
}
