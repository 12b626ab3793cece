import { Buffer } from 'node:buffer'
import type { Duplex } from 'node:stream'
import { refusalHead } from '../handshake/server.ts'

/** How long the client may take to read the refusal. */
const READ_WITHIN_MS = 2_000

/**
 * Answer an upgrade request with plain HTTP and end the connection.
 * @throws {MisuseError} for headers that cannot be sent
 */
export function refuse(stream: Duplex, status: number, body: string, headers: Readonly<Record<string, string>>): void {
  const bytes = Buffer.from(body)
  const head = refusalHead(status, bytes.length, headers)
  if (!stream.writable) {
    stream.destroy()
    return
  }
  const giveUp = setTimeout(() => stream.destroy(), READ_WITHIN_MS)
  stream.once('close', () => clearTimeout(giveUp))
  stream.end(Buffer.concat([Buffer.from(head, 'latin1'), bytes]))
  // What the client sent meanwhile is read away: unread bytes would make TCP reset the connection under the answer.
  stream.resume()
  stream.once('end', () => stream.destroy())
}
