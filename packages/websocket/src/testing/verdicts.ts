import * as ws from 'ws'
import { Connection } from '../connection.ts'
import { toHex } from './wire.ts'

/** What a receiver made of a byte stream. */
export interface Verdict {
  /** Messages and control frames in order. */
  readonly log: readonly string[]
  /** Close code of the violation; undefined when there was none. */
  readonly code: number | undefined
  /** Why, in the receiver's own words. */
  readonly reason: string
}

/** Long content by its length and a sum, which is enough to compare. */
function line(kind: string, bytes: Uint8Array): string {
  if (bytes.length < 64) return `${kind} ${toHex(bytes)}`
  let sum = bytes.length
  for (const byte of bytes) sum = (Math.imul(sum, 31) + byte) | 0
  return `${kind} ${bytes.length} bytes ${sum}`
}

/** @param cut length of the next chunk that is fed, asked for each of them */
export function ourVerdict(isServer: boolean, wire: Uint8Array, cut: () => number): Verdict {
  const log: string[] = []
  const add = (kind: string) => (bytes: Uint8Array, start: number, end: number) => {
    log.push(line(kind, bytes.subarray(start, end)))
  }
  let closing = false
  let last: [code: number, reason: string] = [0, '']
  const connection = new Connection({
    role: isServer ? 'server' : 'client',
    masks: () => 0x01020304,
    now: () => 0,
    limits: { messageBytes: 1024 * 1024, frameBytes: 1024 * 1024 },
    events: {
      message: (bytes, start, end, isText) => add(isText ? 'text' : 'binary')(bytes, start, end),
      ping: add('ping'),
      pong: add('pong'),
      closing: (code, reason) => {
        closing = true
        log.push(`closing ${code} ${reason}`)
      },
      closed: (code, reason) => {
        last = [code, reason]
      },
    },
  })
  for (let at = 0; at < wire.length; ) {
    const end = Math.min(wire.length, at + cut())
    connection.receive(wire.slice(at, end))
    at = end
  }
  const violated = !closing && connection.transport === 'end'
  connection.transportEnded()
  return { log, code: violated ? last[0] : undefined, reason: violated ? last[1] : '' }
}

// Exported by ws, and left out of its types.
const { Receiver } = ws as unknown as {
  Receiver: new (
    options: object,
  ) => import('node:events').EventEmitter & {
    _write(chunk: Buffer, encoding: string, done: (error?: Error) => void): void
  }
}

/** The verdict of `ws`, whose receiver is given the stream in one piece and works at once. */
export function wsVerdict(isServer: boolean, wire: Uint8Array): Verdict {
  const log: string[] = []
  const receiver = new Receiver({ isServer, allowSynchronousEvents: true, maxPayload: 1024 * 1024 })
  receiver.on('message', (data: Buffer, isBinary: boolean) => log.push(line(isBinary ? 'binary' : 'text', data)))
  receiver.on('ping', (data: Buffer) => log.push(line('ping', data)))
  receiver.on('pong', (data: Buffer) => log.push(line('pong', data)))
  receiver.on('conclude', (code: number, reason: Buffer) => log.push(`closing ${code} ${reason.toString()}`))
  let code: number | undefined
  let reason = ''
  // Past the stream around it, which would tell of the error in a later turn.
  receiver._write(Buffer.from(wire), 'buffer', (error) => {
    if (error === undefined || error === null) return
    reason = error.message
    // Their receiver names the close code in a property keyed by a symbol.
    const symbol = Object.getOwnPropertySymbols(error).find((key) => key.description === 'status-code')
    code = symbol === undefined ? 1002 : (Reflect.get(error, symbol) as number)
  })
  return { log, code, reason }
}
