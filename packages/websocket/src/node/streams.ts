import { CountQueuingStrategy, ReadableStream, WritableStream } from 'node:stream/web'
import { isWireCode } from '../close.ts'
import type { SendResult } from '../send-queue.ts'
import type { ConnectionState } from '../state.ts'
import { asMessage, type Inbox, type Message } from './inbox.ts'

export interface StreamsOptions {
  /** Messages that wait in `readable`. 0 reads only when asked. @default 0 */
  readonly readableHighWaterMark?: number | undefined
  /** Messages that wait in `writable`. With 0 `writer.ready` never resolves; await the writes. @default 1 */
  readonly writableHighWaterMark?: number | undefined
}

/** Both directions of a socket, each of which can be handed to somebody else. */
export interface SocketStreams {
  /**
   * The peer's messages. Ends after a clean close, fails with a `SocketClosedError` after any other end. `cancel` closes
   * the connection, see `closeWith`.
   */
  readonly readable: ReadableStream<Message>
  /**
   * Takes strings, and bytes as any view or ArrayBuffer. A write is over when the socket can take more, so that
   * `writer.ready` waits for a slow peer. `close` closes with 1000 and resolves when the peer has said goodbye too, which
   * it can only do while what it sends is read; `abort` drops what waits and closes, see `closeWith`.
   */
  readonly writable: WritableStream<string | ArrayBuffer | ArrayBufferView>
}

/** What the streams need of their socket. */
export interface StreamedSocket {
  readonly state: ConnectionState
  sendText(text: string): SendResult
  sendBinary(bytes: Uint8Array): SendResult
  close(code: number, reason?: string): void
}

export function socketStreams(socket: StreamedSocket, inbox: Inbox, options: StreamsOptions): SocketStreams {
  const close = (why: unknown): void => {
    const [code, reason] = closeWith(why)
    socket.close(code, reason)
    inbox.discard()
  }
  const readable = new ReadableStream<Message>(
    {
      async pull(controller) {
        const { done, value } = await inbox.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: close,
    },
    new CountQueuingStrategy({ highWaterMark: options.readableHighWaterMark ?? 0 }),
  )
  const writable = new WritableStream<string | ArrayBuffer | ArrayBufferView>(
    {
      start: (controller) => inbox.whenClosed((error) => controller.error(error)),
      write: (chunk) => write(socket, inbox, asMessage(chunk)),
      close: () => closeWritable(socket, inbox),
      abort: close,
    },
    new CountQueuingStrategy({ highWaterMark: options.writableHighWaterMark ?? 1 }),
  )
  return { readable, writable }
}

function write(socket: StreamedSocket, inbox: Inbox, message: Message): undefined | Promise<void> {
  const result = send(socket, message)
  return result === 'ok' ? undefined : waitForRoom(socket, inbox, message, result)
}

async function waitForRoom(socket: StreamedSocket, inbox: Inbox, message: Message, first: SendResult): Promise<void> {
  for (let result = first; result !== 'ok'; result = send(socket, message)) {
    // Fails when the connection is over: nobody knows whether what waited has arrived.
    await inbox.drained()
    if (result === 'full') return
  }
}

function send(socket: StreamedSocket, message: Message): SendResult {
  return typeof message === 'string' ? socket.sendText(message) : socket.sendBinary(message)
}

function closeWritable(socket: StreamedSocket, inbox: Inbox): Promise<void> {
  return new Promise((resolve, reject) => {
    inbox.whenClosed((error) => (error.clean ? resolve() : reject(error)))
    socket.close(1000)
  })
}

/**
 * The close code of a reason to give up: its own `code` and `reason` when it has a code that may be sent; 1000 for none;
 * 1011 (internal error), without telling the peer what it was, for any other.
 */
export function closeWith(why: unknown): [code: number, reason: string] {
  if (why === undefined) return [1000, '']
  if (typeof why === 'object' && why !== null && 'code' in why) {
    const { code } = why
    const reason = 'reason' in why && typeof why.reason === 'string' ? why.reason : ''
    if (typeof code === 'number' && Number.isInteger(code) && isWireCode(code)) return [code, reason]
  }
  return [1011, '']
}
