import type { Socket } from 'node:net'
import { broken, type Finding, held } from './finding.ts'
import { describeEnding, type RawClient } from './raw-client.ts'

/** The connection has to end with one of these codes; 1006 stands for an end without a closing handshake. */
export async function mustClose(client: RawClient, codes: readonly number[], withinMs = 5_000): Promise<Finding> {
  const ending = await client.ended(withinMs)
  client.leave()
  if (ending === undefined) return broken(`the connection still stands after ${withinMs} ms`)
  const seen = describeEnding(ending)
  return codes.includes(ending.code) ? held(seen) : broken(`${seen}; expected ${codes.join(' or ')}`)
}

/** The connection has to stand, and to answer. */
export async function mustLive(client: RawClient, seen: string): Promise<Finding> {
  const answered = await client.probe()
  const { ending } = client
  client.leave()
  return answered === undefined ? broken(`no answer any more: ${describeEnding(ending)}`) : held(seen)
}

/** The bare stream has to be ended by the server in time. Returns what it said before, and after how many ms. */
export function ended(socket: Socket, withinMs: number): Promise<{ afterMs: number; text: string } | undefined> {
  const started = performance.now()
  let text = ''
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      socket.destroy()
      resolve(undefined)
    }, withinMs)
    socket.on('data', (chunk) => {
      text = (text + chunk.toString('latin1')).slice(0, 4_096)
    })
    socket.once('close', () => {
      clearTimeout(timer)
      resolve({ afterMs: Math.round(performance.now() - started), text })
    })
    socket.once('end', () => socket.end())
  })
}
