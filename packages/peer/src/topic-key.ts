import { isPlain } from '@wirepact/protocol'

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
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(canonical)}]`
  if (value instanceof Date) return `@${value.getTime()}`
  if (isPlain(value)) {
    const fields: string[] = []
    for (const key of Object.keys(value).sort()) {
      // An optional parameter that is left out and one that is undefined are the same topic.
      if (value[key] !== undefined) fields.push(`${JSON.stringify(key)}:${canonical(value[key])}`)
    }
    return `{${fields}}`
  }
  // Numbers (0 for −0), booleans, undefined and null are what is left.
  if (value !== null && /object|function|symbol/.test(typeof value))
    throw new TypeError(`a topic is made of plain values, not of a ${typeof value}`)
  return String(value)
}
