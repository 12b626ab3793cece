import { EventLogError, type LogGap, type LogRecord } from '@wirepact/eventlog'

/** Where a topic stands, as the engine said it. */
export interface Standing {
  readonly epoch: string
  readonly offset: number
  /** Counts the starts of a durable engine within the epoch. */
  readonly incarnation: number
  /** At which offset each incarnation began, `2:95,3:120`; the oldest may be missing. */
  readonly chain: string
}

/** Where a record was put. */
export type Appended = Pick<Standing, 'epoch' | 'offset' | 'incarnation'>

/** What a read of the engine brought. */
export interface Reading {
  readonly head: Standing
  readonly gap: LogGap | undefined
  /** Contiguous: the first follows the gap, or the offset that was asked for. */
  readonly records: readonly LogRecord[]
}

/** What the engine tells those who listen. */
export interface Announced {
  readonly epoch: string
  readonly offset: number
  readonly incarnation: number
  readonly data: Uint8Array
}

// What an engine answers is what anybody who may write to it put there: it is looked at as a peer's messages are.

/** @throws EventLogError `unavailable` for an answer that no log of ours gives. */
export function positionIn(reply: unknown): Appended {
  const [epoch, offset, incarnation] = listIn(reply, 3)
  return { epoch: epochIn(epoch), offset: countIn(offset), incarnation: countIn(incarnation) }
}

/** @throws EventLogError as `positionIn`. */
export function standingsIn(reply: unknown, count: number): Standing[] {
  const list = listIn(reply, 4 * count)
  return Array.from({ length: count }, (_, n) => standingAt(list, 4 * n))
}

/** @throws EventLogError as `positionIn`. */
export function readingIn(reply: unknown, after: number): Reading {
  const list = listIn(reply, 6)
  const head = standingAt(list, 0)
  const reason = textIn(list[4])
  const to = countIn(list[5])
  const from = reason === '' ? after : to
  const records: LogRecord[] = []
  for (let n = 6; n < list.length; n++) records.push({ offset: from + n - 5, data: dataIn(list[n]) })
  if (from + records.length > head.offset) throw wrong('a record beyond the head')
  if (reason === '') return { head, gap: undefined, records }
  if (reason !== 'epoch' && reason !== 'ahead' && reason !== 'trimmed') throw wrong(`a gap of the kind ${reason}`)
  return { head, gap: { reason, from: after, to }, records }
}

/** Undefined for a message that no log of ours publishes. */
export function announcedIn(message: unknown): Announced | undefined {
  if (!(message instanceof Uint8Array)) return undefined
  const end = message.subarray(0, longestHead).indexOf(newline)
  const head = end === -1 ? null : /^([\w-]{1,64}) (\d{1,16}) (\d{1,10})$/.exec(latin(message, end))
  if (head === null) return undefined
  const offset = Number(head[2])
  if (!(offset >= 1 && Number.isSafeInteger(offset))) return undefined
  return {
    epoch: head[1] as string,
    offset,
    incarnation: Number(head[3]),
    data: plainBytes(message.subarray(end + 1)),
  }
}

/**
 * The bytes as they are for everybody: of the client library's own kind of array, `slice` would be a view of memory that
 * is used again.
 */
export function plainBytes({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/**
 * Whether what was seen up to `offset` in `incarnation` is still part of the topic: no later one began before it. Answers
 * false where that cannot be known any more.
 */
export function holds(head: Standing, incarnation: number, offset: number): boolean {
  if (head.incarnation === incarnation) return head.offset >= offset
  let known = incarnation
  // The first of a long list may have lost its beginning.
  const begins = head.chain.split(',').slice(1)
  for (const each of begins) {
    const [count, since] = each.split(':').map(Number)
    if (count === undefined || since === undefined || count <= incarnation) continue
    if (count !== known + 1 || !(since >= offset)) return false
    known = count
  }
  return known === head.incarnation
}

function standingAt(list: readonly unknown[], at: number): Standing {
  return {
    epoch: epochIn(list[at]),
    offset: countIn(list[at + 1]),
    incarnation: countIn(list[at + 2]),
    chain: textIn(list[at + 3]),
  }
}

function listIn(reply: unknown, atLeast: number): readonly unknown[] {
  if (!Array.isArray(reply) || reply.length < atLeast) throw wrong('no list of that length')
  return reply
}

function epochIn(value: unknown): string {
  const epoch = textIn(value)
  if (!/^[\w-]{1,64}$/.test(epoch)) throw wrong('an epoch that is none')
  return epoch
}

function textIn(value: unknown): string {
  if (!(value instanceof Uint8Array) || value.length > longestHead * 4) throw wrong('no text')
  return latin(value, value.length)
}

function dataIn(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw wrong('a record without data')
  return plainBytes(value)
}

function countIn(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw wrong('no count')
  return value
}

/** Heads are ASCII; anything else fails the patterns. */
function latin(bytes: Uint8Array, end: number): string {
  let text = ''
  for (let n = 0; n < end; n++) text += String.fromCharCode(bytes[n] as number)
  return text
}

function wrong(what: string): EventLogError {
  return new EventLogError('unavailable', `the engine answered with what is not a log of ours: ${what}`)
}

const newline = 10
const longestHead = 128
