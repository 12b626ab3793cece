import type { ResendWindow } from '../send-log.ts'
import { SessionEnd, Wire } from './session-end.ts'

/** Two ends and the two directions between them. */
export function pair(options: { window?: ResendWindow; peerMessageBytes?: number; resumable?: boolean } = {}) {
  const time = { now: 0 }
  const a = new SessionEnd({ ...options, time })
  const b = new SessionEnd({ ...options, time })
  const both = { a, b, time, toA: new Wire(), toB: new Wire() }
  a.session.attach(both.toB)
  b.session.attach(both.toA)
  return both
}

export type Pair = ReturnType<typeof pair>

/** Delivers until both directions are silent. */
export function flow({ a, b, toA, toB }: Pair): void {
  while (toA.waiting.length + toB.waiting.length > 0) {
    for (const bytes of toB.waiting.splice(0)) b.take(bytes)
    for (const bytes of toA.waiting.splice(0)) a.take(bytes)
  }
}

/** Loses what is on the wires and both ends' connection, then resumes over new ones. */
export function cutAndResume(both: Pair): void {
  const { a, b } = both
  a.session.detach()
  b.session.detach()
  reconnect(both)
}

export function reconnect(both: Pair): void {
  const { a, b } = both
  const [fromA, fromB] = [a.session.received, b.session.received]
  both.toA = new Wire()
  both.toB = new Wire()
  b.session.resume(both.toA, fromA)
  a.session.resume(both.toB, fromB)
}
