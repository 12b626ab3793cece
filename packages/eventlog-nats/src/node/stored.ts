import type { JsMsg, StoredMsg } from '@nats-io/jetstream'
import type { Msg, MsgHdrs } from '@nats-io/transport-node'
import { EngineError } from './engine-error.ts'

/** A message as the stream holds it. */
export interface Stored {
  readonly seq: number
  /** What its writer called it; empty when it did not. */
  readonly id: string
  /** When it was stored, by the engine's clock, in ms since 1970; 0 when the engine does not say. */
  readonly timeMs: number
  readonly data: Uint8Array
  header(name: string): string | undefined
}

/** A stored message as it is published again, to those who listen. */
export interface Live {
  /** 0 when it came from somewhere else than the stream. */
  readonly seq: number
  /** The sequence of the subject's message before it, or 0; NaN when the engine does not say. */
  readonly previous: number
  readonly id: string
  readonly data: Uint8Array
}

/** What the engine sends is guarded: a message without its sequence is refused, never taken for another. */
export function storedOf(message: StoredMsg | JsMsg): Stored {
  const found = 'headers' in message ? message.headers : message.header
  const { seq } = message
  if (!Number.isSafeInteger(seq) || seq < 1) throw new EngineError('refused', 'a message without a sequence')
  const timestamp = Date.parse(message.timestamp)
  return {
    seq,
    id: found?.get('Nats-Msg-Id') ?? '',
    timeMs: Number.isFinite(timestamp) ? timestamp : 0,
    data: message.data,
    header: (name) => (found?.has(name) ? found.get(name) : undefined),
  }
}

export function liveOf({ headers, data }: Msg): Live {
  return {
    seq: whole(headers, 'Nats-Sequence') || 0,
    previous: whole(headers, 'Nats-Last-Sequence'),
    id: headers?.get('Nats-Msg-Id') ?? '',
    data,
  }
}

function whole(headers: MsgHdrs | undefined, name: string): number {
  const text = headers?.get(name) ?? ''
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  return Number.isSafeInteger(value) ? value : Number.NaN
}
