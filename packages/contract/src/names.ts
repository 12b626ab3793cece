import { refuse } from './declaration-check.ts'

// `then` and `toJSON` because awaiting or logging a namespace must do nothing odd, the other three because they are
// refused as keys on the wire.
const unusable = /^(then|toJSON|constructor|prototype|__proto__|)$|\.|^~/

/** Deeper than any contract that a person would write: it can only be a namespace that contains itself. */
const deepest = 32

/**
 * Visits the leaves of a tree of namespaces with their dotted names.
 *
 * @param visit told of everything that is an object; answers whether it was a leaf
 * @throws TypeError that names the place, for an unusable name or something that is neither leaf nor namespace
 */
export function walkNames(
  tree: object,
  place: string,
  visit: (node: object, place: string, name: string) => boolean,
  prefix = '',
  depth = 0,
): void {
  for (const key of Reflect.ownKeys(tree)) {
    const at = `${place}.${String(key)}`
    if (typeof key === 'symbol' || unusable.test(key)) refuse(at, 'has a name that cannot be used')
    const node: unknown = (tree as Record<string, unknown>)[key]
    if (typeof node !== 'object' || node === null) refuse(at, 'is not a definition or a namespace')
    if (visit(node, at, prefix + key)) continue
    if (depth === deepest) refuse(at, 'is nested too deeply; does it contain itself?')
    walkNames(node, at, visit, `${prefix}${key}.`, depth + 1)
  }
}
