import { expect } from 'vitest'
import { Connection } from '../../connection.ts'
import type { Extension } from '../../extension.ts'
import { type Case, line, type Sent, send } from './script.ts'

export type Role = 'client' | 'server'
export const ROLES = ['server', 'client'] as const

/** One key for all: what matters is that it is applied. */
const KEY = [0x37, 0xfa, 0x21, 0x3d]

/** A frame as it came back from the endpoint. */
export interface Got {
  readonly opcode: number
  readonly rsv: number
  readonly payload: Uint8Array
}

/**
 * The peer of an endpoint under test that echoes every message. It writes and reads frames by itself, sharing no code with
 * the endpoint, and checks of each frame that comes back that it is masked or not, as short as it can be, and whole.
 */
export class Tester {
  readonly got: Got[] = []
  readonly #endpoint: Connection
  readonly #role: Role
  #rest = new Uint8Array(0)
  readonly #allowedRsv: number

  /** @param onLate called when something came back that no `send` led to */
  constructor(role: Role, extension?: Extension, onLate: () => void = () => undefined) {
    this.#role = role
    this.#allowedRsv = extension?.bit ?? 0
    const endpoint: Connection = new Connection({
      role,
      events: {
        message: (bytes, start, end, isText) => {
          endpoint.send(bytes, start, end, isText)
        },
        output: () => {
          this.read()
          onLate()
        },
        closed: () => undefined,
      },
      now: () => 0,
      masks: () => 0x37fa213d,
      extension,
    })
    this.#endpoint = endpoint
  }

  /** The endpoint has ended its side, or wants to once its output is gone. */
  get over(): boolean {
    return this.#endpoint.state === 'ending' || this.#endpoint.state === 'closed'
  }

  get lines(): string[] {
    return this.got.map(({ opcode, payload }) => line(opcode, payload))
  }

  send(sent: Sent): void {
    for (const chunk of this.chunksOf(sent)) this.feed(chunk)
  }

  feed(chunk: Uint8Array): void {
    this.#endpoint.receive(chunk)
    this.read()
  }

  /** Take what the endpoint has to say. */
  read(): void {
    for (let out = this.#endpoint.takeOutput(); out !== undefined; out = this.#endpoint.takeOutput()) this.#parse(out)
    this.#endpoint.noteBacklog(0)
  }

  /** The frame as bytes, chopped. */
  chunksOf({ opcode, payload, fin, rsv, chop, only }: Sent): Uint8Array[] {
    const masked = this.#role === 'server'
    const size = payload.length
    const form = size < 126 ? 0 : size < 65_536 ? 2 : 8
    const headBytes = 2 + form + (masked ? 4 : 0)
    const frame = new Uint8Array(headBytes + size)
    frame[0] = (fin ? 0x80 : 0) | rsv | opcode
    frame[1] = (masked ? 0x80 : 0) | (form === 0 ? size : form === 2 ? 126 : 127)
    for (let i = 0; i < form; i++) frame[2 + i] = Math.floor(size / 256 ** (form - 1 - i)) & 255
    if (masked) frame.set(KEY, 2 + form)
    for (let i = 0; i < size; i++) frame[headBytes + i] = payload[i]! ^ (masked ? KEY[i & 3]! : 0)
    const chunks: Uint8Array[] = []
    const end = Math.min(frame.length, headBytes + only)
    for (let at = 0; at < end; at += chop) chunks.push(frame.slice(at, Math.min(end, at + chop)))
    return chunks
  }

  #parse(out: Uint8Array): void {
    let bytes = out
    if (this.#rest.length > 0) {
      bytes = new Uint8Array(this.#rest.length + out.length)
      bytes.set(this.#rest)
      bytes.set(out, this.#rest.length)
    }
    let at = 0
    for (;;) {
      const end = this.#frame(bytes, at)
      if (end === undefined) break
      at = end
    }
    this.#rest = bytes.slice(at)
  }

  /** Read the frame at `at`. Returns where it ends, or undefined when it is not whole yet. */
  #frame(bytes: Uint8Array, at: number): number | undefined {
    if (bytes.length - at < 2) return undefined
    const b0 = bytes[at]!
    const b1 = bytes[at + 1]!
    const masked = b1 >= 128
    expect(masked, 'whether a frame is masked').toBe(this.#role === 'client')
    const form = (b1 & 127) < 126 ? 0 : (b1 & 127) === 126 ? 2 : 8
    const payload = at + 2 + form + (masked ? 4 : 0)
    if (bytes.length < payload) return undefined
    let size = form === 0 ? b1 & 127 : 0
    for (let i = 0; i < form; i++) size = size * 256 + bytes[at + 2 + i]!
    if (form > 0) expect(size, 'a length in its shortest form').toBeGreaterThanOrEqual(form === 2 ? 126 : 65_536)
    if (bytes.length < payload + size) return undefined
    expect(b0 & 0x70 & ~this.#allowedRsv, 'reserved bits').toBe(0)
    expect(b0 >= 128, 'FIN: an echo is one frame').toBe(true)
    const plain = bytes.slice(payload, payload + size)
    if (masked) for (let i = 0; i < size; i++) plain[i]! ^= bytes[payload - 4 + (i & 3)]!
    this.got.push({ opcode: b0 & 15, rsv: b0 & 0x70, payload: plain })
    return payload + size
  }
}

const CLOSE_1000 = send(8, Uint8Array.of(3, 232))

/** Run a case; every frame that comes back is compared, and that nothing comes after the close frame. */
export function runCase(role: Role, given: Case): void {
  const tester = new Tester(role)
  for (const [i, sent] of given.sends.entries()) {
    let bytes = 0
    for (const chunk of tester.chunksOf(sent)) {
      bytes += chunk.length
      tester.feed(chunk)
      if (given.failsAfter !== undefined) {
        const [sends, within] = given.failsAfter
        expect(tester.over, `failed after ${bytes} bytes of send ${i}`).toBe(
          i > sends || (i === sends && bytes >= within),
        )
      }
    }
  }
  const closes = given.answers.some((answer) => answer.startsWith('close'))
  if (!closes) {
    expect(tester.over, 'still open at the end').toBe(false)
    tester.send(CLOSE_1000)
  }
  // Whatever follows must not be answered.
  tester.send(send(9, 'after the end'))
  tester.send(send(1, 'after the end'))
  expect(tester.lines).toEqual(closes ? given.answers : [...given.answers, 'close 1000'])
  expect(tester.over).toBe(true)
}
