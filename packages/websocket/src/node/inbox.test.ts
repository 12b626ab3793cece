import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Inbox } from './inbox.ts'

test('a queue that is never empty gives back the room of what was taken', async () => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  const own = new Uint8Array(1)
  const nothing = () => undefined
  const source = { connection: { keep: () => own }, listen: nothing, read: nothing, pause: nothing, resume: nothing }
  const inbox = new Inbox(source)
  // A consumer that is always one message behind.
  inbox.message(own, 0, 1, false)
  gc()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 2_000_000; i++) {
    inbox.message(own, 0, 1, false)
    void inbox.next()
  }
  // What was promised is settled, and forgotten.
  await new Promise((resolve) => setImmediate(resolve))
  gc()
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(6_000_000)
  expect(await inbox.next()).toEqual({ done: false, value: own })
})
