import type { Outgoing } from './channel.ts'
import type { Message } from './message.ts'
import type { Room } from './room.ts'
import type { ResendWindow } from './send-log.ts'
import type { SessionStreams } from './stream-port.ts'
import type { ValueDecoder } from './value-reader.ts'
import type { ValueEncoder } from './write-content.ts'

/** What a call's maker hears of it, once. */
export interface PendingCall {
  /** The call returned. */
  succeed(output: unknown): void
  /** The other side answered with an error. */
  fail(failure: Failure): void
  /** How its input and its output are laid out, where both sides know their shapes. */
  readonly writes?: ValueEncoder | undefined
  readonly reads?: ValueDecoder | undefined
  /** Its deadline passed; the other side has been told to stop. */
  expire(): void
}

/** A call that the end of its session left without an answer. */
export interface UnsettledCall {
  readonly call: PendingCall
  /** False when the call never reached a connection, so that sending it again cannot run it twice. */
  readonly mayHaveRun: boolean
}

/** The content of an error message. */
export interface Failure {
  readonly code: string
  readonly message: string
  readonly data?: unknown
  /** True for an error that the procedure declares, false for one of the closed set. */
  readonly declared?: boolean
}

/**
 * Encodes messages for one of the two tokens; what it returns may be overwritten by its next call. It is written into
 * `room` if there is some and it fits.
 */
export interface SessionCodec {
  encode(message: Message, room?: Room, laid?: ValueEncoder): Outgoing
  encodeCall(
    id: number,
    method: number | string,
    input: unknown,
    timeoutMs: number | undefined,
    key: string | undefined,
    room?: Room,
    laid?: ValueEncoder,
  ): Outgoing
  /** Undefined where the output must fit the layout and does not. */
  encodeResult(id: number, output: unknown, room?: Room, laid?: ValueEncoder, mustFit?: boolean): Outgoing | undefined
  encodeItem(id: number, fromCallee: boolean, waited: boolean, value: unknown, room?: Room): Outgoing
}

/** What the session tells its owner. */
export interface SessionEvents {
  call(
    id: number,
    method: number | string,
    input: unknown,
    timeoutMs: number | undefined,
    key: string | undefined,
    laid: true | undefined,
  ): void
  notify(method: number | string, input: unknown, laid: true | undefined): void
  cancel(id: number): void
  /** Whether a ping is to be answered now; the owner may do so later. @default each is */
  ping?(nonce: number): boolean
  state(patch: boolean, value: unknown): void
  /** Begins what carries the items of streams, at the first. @default none: the other side must not send any */
  readonly startStreams?: (() => SessionStreams | undefined) | undefined
  /** Everything outside the counted sequence that the session does not answer itself. */
  control(message: Message): void
  /** The channel is being closed because the peer broke the protocol. */
  violation(code: number, reason: string): void
  /** The window has room again after it was full. */
  writable(): void
  /** More is kept for an absent peer than the window allows: the session has to end. */
  overflow(): void
}

export interface SessionOptions {
  readonly codec: SessionCodec
  /** The time in ms from any fixed point; it must not go backwards. */
  readonly clock: { now(): number }
  readonly window: ResendWindow
  /** Largest message the peer accepts, in bytes. */
  readonly peerMessageBytes: number
  /** Keep reliable messages until acknowledged, so that the session can be resumed. */
  readonly resumable: boolean
}

/** The deadline of a call that names none, in ms (PROTOCOL.md, "Deadlines"). */
export const defaultTimeoutMs = 30_000
