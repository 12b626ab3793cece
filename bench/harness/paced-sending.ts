import { setImmediate as nextTurn } from 'node:timers/promises'
import type { WebSocket } from 'ws'

const HIGH_BYTES = 1024 * 1024
const LOW_BYTES = HIGH_BYTES / 2

/** Sends everything over a socket of `ws`, which says how much waits, and when a message was written. Answers as the iterator does. */
export async function sendPaced<Message extends Uint8Array | string>(
  socket: WebSocket,
  messages: Iterator<Message, number>,
): Promise<number> {
  let wake = () => {}
  const written = () => {
    if (socket.bufferedAmount <= LOW_BYTES) wake()
  }
  let sinceTurn = 0
  for (;;) {
    const { done, value } = messages.next()
    if (done === true) return value
    socket.send(value, written)
    sinceTurn += value.length
    if (socket.bufferedAmount < HIGH_BYTES) {
      // A system that takes everything at once would keep this process from reading for ever.
      if (sinceTurn < HIGH_BYTES) continue
      sinceTurn = 0
      await nextTurn()
      continue
    }
    await new Promise<void>((resolve) => {
      wake = resolve
    })
  }
}
