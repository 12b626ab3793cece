/**
 * The first place where two values differ, in words; undefined where they are the same in all that a test can see:
 * deep, with the order of lists, maps and sets, not that of an object's keys.
 */
export function difference(expected: unknown, actual: unknown, path = 'outcome'): string | undefined {
  if (Object.is(expected, actual)) return undefined
  const kind = kindOf(expected)
  if (kind === 'plain value' || kind !== kindOf(actual)) {
    return `${path}: expected ${brief(expected)}, got ${brief(actual)}`
  }
  if (expected instanceof Date) return difference(expected.getTime(), (actual as Date).getTime(), path)
  if (expected instanceof Map || expected instanceof Set) {
    return difference([...expected], [...(actual as Iterable<unknown>)], path)
  }
  const left = partsOf(expected as object)
  const right = partsOf(actual as object)
  for (const key of new Set([...left.keys(), ...right.keys()])) {
    const where = Array.isArray(expected) ? `${path}[${key}]` : `${path}.${key}`
    const found = difference(left.get(key), right.get(key), where)
    if (found !== undefined) return found
  }
  return undefined
}

function kindOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return 'plain value'
  return Object.getPrototypeOf(value)?.constructor?.name ?? 'Object'
}

// What an error says is not enumerable, and its stack is never the same twice.
function partsOf(value: object): Map<string, unknown> {
  const parts = new Map<string, unknown>(Object.entries(value))
  if (value instanceof Error) parts.set('message', value.message)
  return parts
}

function brief(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  const text = typeof value === 'object' ? JSON.stringify(value, speakable) : String(value)
  return text.length > 120 ? `${text.slice(0, 117)}...` : text
}

function speakable(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
