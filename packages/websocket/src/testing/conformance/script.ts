/**
 * The language of the conformance tables. A case is what a peer sends, frame by frame, and every frame that an endpoint
 * which echoes messages has to answer with, in order, up to the close frame. There is one right answer to each case:
 * nothing is "informational", and an endpoint that does more or less than it says has failed.
 */

export interface Sent {
  readonly opcode: number
  readonly payload: Uint8Array
  readonly fin: boolean
  readonly rsv: number
  /** Deliver the frame in chunks of this many bytes. Infinity for one chunk. */
  readonly chop: number
  /** Deliver only so many bytes of the payload; the rest never comes. */
  readonly only: number
}

export interface Case {
  /** The number of the catalogue, so that a failure can be looked up there. */
  readonly id: string
  readonly about: string
  readonly sends: readonly Sent[]
  /** What comes back, as `line` writes it. A case that does not end in a close frame is closed with 1000 by the peer. */
  readonly answers: readonly string[]
  /** The close frame must have been sent with the chunk that ends here, and not before: sends so far, bytes of the next. */
  readonly failsAfter?: readonly [sends: number, bytes: number]
}

const WHOLE = Number.POSITIVE_INFINITY

export function send(opcode: number, payload: Uint8Array | string, more: Partial<Sent> = {}): Sent {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  return { opcode, payload: bytes, fin: true, rsv: 0, chop: WHOLE, only: WHOLE, ...more }
}

export const text = (payload: Uint8Array | string, more?: Partial<Sent>) => send(1, payload, more)
export const binary = (payload: Uint8Array, more?: Partial<Sent>) => send(2, payload, more)
export const more = (payload: Uint8Array | string, rest?: Partial<Sent>) => send(0, payload, rest)
export const ping = (payload: Uint8Array | string = '', rest?: Partial<Sent>) => send(9, payload, rest)
export const pong = (payload: Uint8Array | string = '', rest?: Partial<Sent>) => send(10, payload, rest)
export const FIRST = { fin: false } as const

export function close(code?: number, reason: Uint8Array | string = ''): Sent {
  const bytes = typeof reason === 'string' ? new TextEncoder().encode(reason) : reason
  return send(8, code === undefined ? new Uint8Array(0) : Uint8Array.of(code >> 8, code & 255, ...bytes))
}

/** One message in frames of at most this many bytes. */
export function fragments(
  opcode: number,
  payload: Uint8Array | string,
  bytes: number,
  more: Partial<Sent> = {},
): Sent[] {
  const whole = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  const sends: Sent[] = []
  for (let at = 0; at < whole.length || at === 0; at += bytes) {
    const fin = at + bytes >= whole.length
    sends.push(send(at === 0 ? opcode : 0, whole.subarray(at, at + bytes), { ...more, fin }))
  }
  return sends
}

export const stars = (bytes: number) => new Uint8Array(bytes).fill(0x2a)
export const noise = (bytes: number) => new Uint8Array(bytes).fill(0xfe)

const NAMES = ['continuation', 'text', 'binary', '', '', '', '', '', 'close', 'ping', 'pong']

/** A frame in a line: its kind and its payload, or the length and a checksum of a long one. */
export function line(opcode: number, payload: Uint8Array | string): string {
  const bytes = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
  if (opcode === 8) return bytes.length < 2 ? 'close' : `close ${(bytes[0]! << 8) | bytes[1]!}`
  if (bytes.length > 64) return `${NAMES[opcode]} ${bytes.length} #${checksum(bytes)}`
  return `${NAMES[opcode]} ${opcode === 1 ? new TextDecoder().decode(bytes) : hexOf(bytes)}`
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Good enough to tell two test messages apart, and fast enough for 16 MiB. */
function checksum(bytes: Uint8Array): number {
  let sum = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) sum = Math.imul(sum ^ bytes[i]!, 0x01000193)
  return sum >>> 0
}

/** A case in which the peer sends messages and gets each of them back. */
export function echoes(id: string, about: string, sends: readonly Sent[], ...answers: readonly Sent[]): Case {
  const back = answers.length > 0 ? answers : sends
  return { id, about, sends, answers: back.map(({ opcode, payload }) => line(opcode, payload)) }
}

/** A case that ends with the endpoint failing the connection. */
export function fails(
  id: string,
  about: string,
  code: number,
  sends: readonly Sent[],
  ...before: readonly Sent[]
): Case {
  return { id, about, sends, answers: [...before.map(({ opcode, payload }) => line(opcode, payload)), `close ${code}`] }
}
