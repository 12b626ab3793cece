import type { Failure } from '@wirepact/protocol'

/** How a routed call ended on the node that ran it. */
export type RoutedOutcome =
  | { readonly output: unknown }
  | { readonly failure: Failure & { readonly mayHaveRun?: boolean | undefined } }

/**
 * What nodes ask each other: how many connections of a principal there are, who listens to a topic, to say when the run of
 * a key has ended, to end a principal's sessions.
 */
export type Question = 'where' | 'listeners' | 'run' | 'revoke'

interface From {
  /** The sender's id. */
  readonly from: string
  /** When it was sent, in ms of the sender's own clock: comparable with nothing but the sender's other messages. */
  readonly at: number
}

/** To all nodes: the sender lives, and counts as gone when nothing of it was heard for `goneMs`. */
export interface Beat extends From {
  readonly kind: 'beat'
  readonly goneMs: number
  /** It has just begun, and would like to hear who else is there. */
  readonly isNew: boolean
  readonly draining: boolean
}

/** To all nodes: the sender goes. */
interface Leave extends From {
  readonly kind: 'leave'
}

/** To all nodes: the log lost messages on their way to the sender, which cannot say whose. */
interface Lost extends From {
  readonly kind: 'lost'
}

/** To all nodes, or to one. */
export interface Ask extends From {
  readonly kind: 'ask'
  readonly id: number
  readonly about: Question
  readonly subject: string
}

export interface Answer extends From {
  readonly kind: 'answer'
  readonly id: number
  readonly answer: unknown
}

/** To one node: call a client of yours; one of this principal, or all of them. */
export interface RoutedCall extends From {
  readonly kind: 'call'
  readonly id: number
  readonly principal: string
  readonly all: boolean
  readonly method: string
  readonly version: unknown
  /** 0: for ever. */
  readonly timeoutMs: number
  readonly key: string | undefined
  readonly input: unknown
}

interface Cancel extends From {
  readonly kind: 'cancel'
  readonly id: number
}

/** What one client answered to a call. */
export interface Part extends From {
  readonly kind: 'part'
  readonly id: number
  /** How many clients were called: so many parts there are. */
  readonly of: number
  readonly connection: string
  readonly outcome: RoutedOutcome
}

/** The principal has no connection there, and nothing ran. */
export interface Absent extends From {
  readonly kind: 'absent'
  readonly id: number
}

/** What nodes tell each other. */
export type BusMessage = Beat | Leave | Lost | Ask | Answer | RoutedCall | Cancel | Part | Absent

/** A message without what the bus adds to it. */
export type Said = Bare<BusMessage>
type Bare<Message> = Message extends unknown ? Omit<Message, keyof From> : never

type Check = (value: unknown) => boolean

const isText: Check = (value) => typeof value === 'string' && value.length <= longestText
const isFlag: Check = (value) => typeof value === 'boolean'
const isCount: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0
const isTime: Check = (value) => typeof value === 'number' && value >= 0 && value <= longestMs
const isAnything: Check = () => true
const isMaybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value)

/** What each kind of message holds beside `from` and `at`. */
const shapes: ReadonlyMap<unknown, readonly (readonly [field: string, check: Check])[]> = /* @__PURE__ */ new Map([
  ['beat', fields({ goneMs: isTime, isNew: isFlag, draining: isFlag })],
  ['leave', []],
  ['lost', []],
  ['ask', fields({ id: isCount, about: isQuestion, subject: isText })],
  ['answer', fields({ id: isCount, answer: isAnything })],
  [
    'call',
    fields({
      ...{ id: isCount, principal: isText, all: isFlag, method: isText, version: isAnything },
      ...{ timeoutMs: isTime, key: isMaybe(isText), input: isAnything },
    }),
  ],
  ['cancel', fields({ id: isCount })],
  ['part', fields({ id: isCount, of: isCount, connection: isText, outcome: isOutcome })],
  ['absent', fields({ id: isCount })],
])

/** A decoded value as a message; undefined for what is none. Whatever else it holds is not looked at. */
export function readMessage(value: unknown): BusMessage | undefined {
  if (!isRecord(value)) return undefined
  const shape = shapes.get(value.kind)
  if (shape === undefined || !isText(value.from) || value.from === '' || !Number.isFinite(value.at)) return undefined
  for (const [field, check] of shape) if (!check(value[field])) return undefined
  return value as unknown as BusMessage
}

function fields(checks: { readonly [field: string]: Check }): readonly (readonly [string, Check])[] {
  return Object.entries(checks)
}

function isQuestion(value: unknown): boolean {
  return value === 'where' || value === 'listeners' || value === 'run' || value === 'revoke'
}

function isOutcome(value: unknown): boolean {
  if (!isRecord(value)) return false
  const { failure } = value
  if (failure === undefined) return true
  if (!isRecord(failure)) return false
  const { code, message, declared, mayHaveRun } = failure
  return isText(code) && typeof message === 'string' && isMaybe(isFlag)(declared) && isMaybe(isFlag)(mayHaveRun)
}

// Values are decoded into plain objects; a class of ours, such as a Date, has none of the fields that are asked for.
function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Ids, principals, topics and methods, in UTF-16 code units. */
const longestText = 64 * 1024
const longestMs = 0x7fff_ffff
