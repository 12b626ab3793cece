import { JsonCodec, Kind, type KindName, trustedLimits, ValueCodec } from '@wirepact/protocol'

/** A message before it is known whether it makes sense: any field may hold anything. */
export interface LooseMessage {
  readonly kind: KindName
  readonly fields: Readonly<Record<string, unknown>>
}

// Written down again from PROTOCOL.md, "Messages", so that a mistake in the codec's own tables shows.
const positions: Partial<Record<KindName, readonly string[]>> = {
  call: ['id', 'method'],
  notify: ['method'],
  result: ['id'],
  error: ['id'],
  cancel: ['id'],
  item: ['id'],
  end: ['id'],
  state: [],
  event: ['alias', 'offset'],
  snapshot: ['alias', 'offset'],
  ack: ['count'],
  credit: ['id', 'bytes', 'items'],
  ping: ['nonce'],
  pong: ['nonce'],
}
const values: Partial<Record<KindName, string>> = {
  call: 'input',
  notify: 'input',
  result: 'output',
  item: 'value',
  end: 'value',
  state: 'value',
  event: 'payload',
  snapshot: 'value',
}
const flags: Partial<Record<KindName, string>> = {
  item: 'fromCallee',
  end: 'fromCallee',
  state: 'patch',
  event: 'advance',
}

const binary = new ValueCodec(trustedLimits)
const json = new JsonCodec(trustedLimits)

/** The message in the binary form. */
export function toBytes({ kind, fields }: LooseMessage): Uint8Array {
  const head = [Kind[kind] as number]
  const flag = flags[kind]
  if (flag !== undefined && fields[flag] === true) head[0] = Kind[kind] | 0x20
  for (const name of positions[kind] ?? []) head.push(...varint(fields[name]))
  if (kind === 'call' && fields.timeoutMs !== undefined) {
    head[0] = (head[0] as number) | 0x20
    head.push(...varint(fields.timeoutMs))
  }
  if (kind === 'call' && typeof fields.key === 'string') {
    const key = new TextEncoder().encode(fields.key)
    head[0] = (head[0] as number) | 0x40
    head.push(...varint(key.length), ...key)
  }
  return Uint8Array.from([...head, ...binary.encodeValue(restOf(kind, fields))])
}

function restOf(kind: KindName, fields: LooseMessage['fields']): unknown {
  const value = values[kind]
  if (value !== undefined) return fields[value]
  const placed = positions[kind]
  if (placed !== undefined && kind !== 'error') return undefined
  const named = Object.entries(fields).filter(([name, field]) => field !== undefined && placed?.includes(name) !== true)
  return Object.fromEntries(named)
}

function varint(value: unknown): number[] {
  let left = typeof value === 'number' && value >= 0 ? Math.floor(value) : 0
  const bytes: number[] = []
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80)
  return [...bytes, left]
}

/** The message in the JSON form. */
export function toText({ kind, fields }: LooseMessage): string {
  const named = Object.entries(fields).filter(([, field]) => field !== undefined)
  const members = named.map(([name, field]) => `${JSON.stringify(name)}:${json.encodeValue(field)}`)
  return `{${[`"kind":"${kind}"`, ...members]}}`
}
