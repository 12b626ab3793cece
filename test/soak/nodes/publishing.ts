import { setTimeout as delay } from 'node:timers/promises'
import { createServer } from '@wirepact/server'
import type { NodeGroup } from './group.ts'
import { served } from './served.ts'

/** A node without a port: it publishes into the log that the others serve. */
export async function publisherOf(group: NodeGroup) {
  const never = () => {
    throw new Error('nobody calls it')
  }
  return createServer(served, {
    ...{ log: await group.log(), report: () => {} },
    handlers: { work: never, once: never, commit: never, say: never },
  })
}

/** Publishes ticks 1, 2, 3 … at so many a second until it is stopped; gives how many there were. */
export async function ticking(group: NodeGroup, perSecond: number): Promise<{ stop(): Promise<number> }> {
  const server = await publisherOf(group)
  let made = 0
  let over = false
  const loop = (async () => {
    const began = performance.now()
    const pending: Promise<void>[] = []
    while (!over) {
      // Made up for when the timer was late: the rate does not depend on how busy the machine is.
      for (; made < ((performance.now() - began) / 1_000) * perSecond; ) {
        pending.push(server.events.tick.publish(++made))
      }
      await delay(10)
    }
    await Promise.all(pending)
  })()
  return {
    async stop() {
      over = true
      await loop
      await server.close()
      return made
    },
  }
}

/** Waits until it is so; false when it has not come to be in time. */
export async function comesTrue(holds: () => boolean, withinMs = 10_000): Promise<boolean> {
  for (const end = performance.now() + withinMs; !holds(); await delay(10)) if (performance.now() > end) return false
  return true
}
