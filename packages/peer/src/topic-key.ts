/**
 * One text for one topic, whatever the order of its fields: the name of the event, then the parameters with their
 * keys sorted. Values of different types never give the same text (`1`, `"1"` and `1n` are three topics).
 *
 * @throws TypeError for a value that cannot name a topic.
 */
export function topicKey(eventName: string, topic: unknown): string {
  return topic === undefined ? eventName : `${eventName} ${canonical(topic)}`
}

function canonical(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value)
    case 'number':
      return Object.is(value, -0) ? '0' : String(value)
    case 'boolean':
      return String(value)
    case 'bigint':
      return `${value}n`
    case 'undefined':
      return 'undefined'
  }
  if (value === null) return 'null'
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value instanceof Date) return `@${value.getTime()}`
  if (typeof value === 'object' && isPlain(value)) {
    const fields: string[] = []
    for (const key of Object.keys(value).sort()) {
      const field = (value as Record<string, unknown>)[key]
      // An optional parameter that is left out and one that is undefined are the same topic.
      if (field !== undefined) fields.push(`${JSON.stringify(key)}:${canonical(field)}`)
    }
    return `{${fields.join(',')}}`
  }
  throw new TypeError(`a topic is made of plain values; ${typeof value} cannot be part of one`)
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
