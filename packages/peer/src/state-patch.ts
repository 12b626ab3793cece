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
  if (!isRecord(before) || !isRecord(after)) {
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
 * can compare references. @throws Error for a patch that does not fit the value: the peer sent nonsense.
 */
export function applyPatch(value: unknown, steps: unknown): unknown {
  if (!Array.isArray(steps)) throw new Error('a patch is an array of steps')
  let result = value
  for (const step of steps as unknown[]) {
    if (!Array.isArray(step) || !Array.isArray(step[0]) || step.length < 1 || step.length > 2) {
      throw new Error('a step of a patch is [path, value] or [path]')
    }
    result = step.length === 2 ? setAt(result, step[0], 0, step[1]) : removeAt(result, step[0], 0)
  }
  return result
}

function setAt(value: unknown, path: readonly unknown[], depth: number, to: unknown): unknown {
  if (depth === path.length) return to
  const { key, record } = enter(value, path, depth)
  return { ...record, [key]: setAt(Object.hasOwn(record, key) ? record[key] : undefined, path, depth + 1, to) }
}

function removeAt(value: unknown, path: readonly unknown[], depth: number): unknown {
  const { key, record } = enter(value, path, depth)
  if (depth < path.length - 1) return { ...record, [key]: removeAt(record[key], path, depth + 1) }
  const { [key]: _, ...rest } = record
  return rest
}

function enter(
  value: unknown,
  path: readonly unknown[],
  depth: number,
): { key: string; record: Record<string, unknown> } {
  const key = path[depth]
  if (typeof key !== 'string')
    throw new Error('a path of a patch is made of strings, and one that removes is not empty')
  // An own property named __proto__ cannot be made by a spread, but must not be read through either.
  if (key === '__proto__' || !isRecord(value))
    throw new Error(`there is nothing at ${path.slice(0, depth + 1).join('.')}`)
  return { key, record: value }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
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
