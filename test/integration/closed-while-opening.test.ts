import { BinaryCodec, type ChannelReceiver, Kind, publicLimits } from '@wirepact/protocol'
import { expect, it } from 'vitest'
import { serve } from './serve.ts'

it.each([false, true])(
  'a channel that ends while its welcome is sent leaves no connection behind (resumable: %s)',
  async (resumable) => {
    const ends: string[] = []
    const { server } = await serve({
      limits: { detachedMs: 10 },
      onSession: () => () => void ends.push('ended'),
    })
    let receiver: ChannelReceiver | undefined
    server.accept({
      encoding: 'binary',
      channel: {
        bufferedBytes: 0,
        // What was wrong with an earlier message is found out just now.
        send: () => receiver?.closed(1009, 'message above the size limit', false),
        close() {},
        terminate() {},
      },
      start: (given) => {
        receiver = given
      },
    })
    const { bytes, start, end } = new BinaryCodec(publicLimits).encode({ kind: Kind.hello, fingerprint: '', resumable })
    receiver?.message(bytes, start, end)
    await expect.poll(() => ends, { timeout: 2_000 }).toEqual(['ended'])
    expect(server.connections.size).toBe(0)
  },
)
