import { isPlain } from '@wirepact/protocol'

/** One change: a path and its new value, or a path alone where something was removed. */
export type PatchStep = readonly [path: readonly string[], value: unknown] | readonly [path: readonly string[]]

/**
 * The changes that make `after` out of `before`. Plain objects are compared field by field, everything else as a
 * whole: a changed array travels entire. An empty path replaces the whole value.
 */
export function diff(before: unknown, after: unknown): PatchStep[] {
  const steps: PatchStep[] = []
  compare(before, after, [], steps)
  return steps
}

function compare(before: unknown, after: unknown, path: readonly string[], steps: PatchStep[]): void {
  if (Object.is(before, after)) return
  if (!isPlain(before) || !isPlain(after)) {
    if (!same(before, after)) steps.push([path, after])
    return
  }
  for (const key of Object.keys(before)) if (!Object.hasOwn(after, key)) steps.push([[...path, key]])
  for (const key of Object.keys(after)) {
    if (Object.hasOwn(before, key)) compare(before[key], after[key], [...path, key], steps)
    else steps.push([[...path, key], after[key]])
  }
}

/**
 * The value with the changes made. Nothing is changed in place, and what did not change keeps its identity, so a view
 * can compare references. The form of the steps, and that no name in them reaches a prototype, is the codec's to check.
 *
 * @throws Error for a patch that does not fit the value: the peer sent nonsense.
 */
export function applyPatch(value: unknown, steps: readonly PatchStep[]): unknown {
  // Records that this patch has copied already, so that many steps into one record cost one copy.
  const copies = new Set<unknown>()
  let result = value
  for (const step of steps) result = changed(result, step, 0, copies)
  return result
}

function changed(value: unknown, step: PatchStep, depth: number, copies: Set<unknown>): unknown {
  const [path, to] = step
  if (depth === path.length) return to
  if (!isPlain(value)) throw new Error(`there is nothing at ${path.slice(0, depth + 1).join('.')}`)
  const key = path[depth] as string
  const copy = copies.has(value) ? value : { ...value }
  copies.add(copy)
  if (step.length === 1 && depth === path.length - 1) delete copy[key]
  else copy[key] = changed(Object.hasOwn(value, key) ? value[key] : undefined, step, depth + 1, copies)
  return copy
}

// Equality of the values a state may hold besides records; a false "different" costs bytes, never correctness.
function same(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    if (a.length !== b.length) return false
    return a.every((item, index) => Object.is(item, b[index]) || diff(item, b[index]).length === 0)
  }
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime())
  return false
}
