import type { Socket } from 'node:net'
import { constants, deflateRawSync } from 'node:zlib'
import { frameHead, hex, join, smallFrame } from '../bytes.ts'
import { type Attack, broken, type Finding, held, skipped } from '../finding.ts'
import type { Target } from '../target.ts'
import { ended } from '../verdicts.ts'

/** A stream on which the handshake is over, and what the server answered. */
async function upgraded(target: Target, more: readonly string[] = []): Promise<{ socket: Socket; head: string }> {
  const socket = await target.stream()
  socket.write(`${target.requestHead(more)}\r\n`)
  const head = await new Promise<string>((resolve) => {
    socket.once('data', (chunk) => resolve(chunk.toString('latin1')))
  })
  if (!head.startsWith('HTTP/1.1 101')) throw new Error(`the handshake failed: ${head.split('\r\n')[0]}`)
  return { socket, head }
}

/** What was sent has to end the connection with a close frame of one of these codes, or with a cut. */
async function mustEnd(socket: Socket, codes: readonly number[], withinMs = 8_000): Promise<Finding> {
  const result = await ended(socket, withinMs)
  if (result === undefined) return broken(`still open after ${withinMs} ms`)
  const code = closeCodeIn(Buffer.from(result.text, 'latin1')) ?? 1006
  if (code === 1006 || codes.includes(code)) return held(code === 1006 ? 'cut off' : `closed with ${code}`)
  return broken(`closed with ${code}; expected ${codes.join(' or ')}`)
}

/** The code of the close frame among the frames that a server sent. */
function closeCodeIn(bytes: Buffer): number | undefined {
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt8(at + 1) & 0x7f
    if ((bytes.readUInt8(at) & 0x0f) === 8) return bytes.readUInt16BE(at + 2)
    if (length === 127) return undefined
    at += length === 126 ? 4 + bytes.readUInt16BE(at + 2) : 2 + length
  }
  return undefined
}

const send = (codes: readonly number[], ...frames: readonly Uint8Array[]) => {
  return async (target: Target): Promise<Finding> => {
    const { socket } = await upgraded(target)
    socket.write(join(...frames))
    return mustEnd(socket, codes)
  }
}

const hello = hex('0f81ab66696e6765727072696e74a0')

async function fragmentFlood(target: Target, size: number): Promise<Finding> {
  const { socket } = await upgraded(target)
  const end = mustEnd(socket, [1009, 1008, 1002, 4413], 12_000)
  const fragments = join(...Array.from({ length: 1_000 }, () => smallFrame(0x00, new Uint8Array(size))))
  socket.write(smallFrame(0x02, new Uint8Array(size)))
  // More than any limit lets through: a megabyte of payload, or a million fragments of nothing.
  for (let sent = 0; sent < 1_000 && !socket.destroyed; sent++) {
    if (socket.write(fragments)) continue
    await new Promise<void>((resolve) => {
      socket.once('drain', resolve)
      socket.once('close', () => resolve())
    })
  }
  if (size > 0 || socket.destroyed) return end
  // Fragments of nothing cost nothing: what counts is that the server still serves others, which is looked at anyway.
  socket.destroy()
  await end
  return held('a million empty fragments were taken for what they are')
}

async function inflateBomb(target: Target): Promise<Finding> {
  const { socket, head } = await upgraded(target, ['Sec-WebSocket-Extensions: permessage-deflate'])
  if (!/^sec-websocket-extensions: *permessage-deflate/im.test(head)) {
    socket.destroy()
    return skipped('the server does not agree on compression')
  }
  const zeros = deflateRawSync(new Uint8Array(64 * 1024 * 1024), { finishFlush: constants.Z_SYNC_FLUSH })
  socket.write(smallFrame(0x82, hello))
  const bomb = zeros.subarray(0, -4)
  const start = Uint8Array.of(0xc2, 0xfe, bomb.length >> 8, bomb.length & 0xff, 0, 0, 0, 0)
  socket.write(join(bomb.length > 0xffff ? frameHead(0xc2, BigInt(bomb.length)) : start, bomb))
  return mustEnd(socket, [1009, 4413, 4400])
}

export const frameAttacks: readonly Attack[] = [
  {
    name: 'length-of-63-bits',
    threat: 'a frame that says it has 2^62 bytes',
    run: send([1009], frameHead(0x82, 2n ** 62n)),
  },
  {
    name: 'length-of-64-bits',
    threat: 'a frame whose length has its highest bit set',
    run: send([1002, 1009], frameHead(0x82, 2n ** 63n + 5n)),
  },
  {
    name: 'oversized-message',
    threat: 'a message one byte above the limit, to be held in memory',
    run: async (target) => {
      const { socket } = await upgraded(target)
      socket.write(smallFrame(0x82, hello))
      socket.write(frameHead(0x82, BigInt(target.messageBytes + 1)))
      return mustEnd(socket, [1009, 4413])
    },
  },
  {
    name: 'unmasked-frame',
    threat: 'bytes that a proxy might take for its own',
    run: send([1002], Uint8Array.of(0x82, 0x01, 0x0f)),
  },
  {
    name: 'fragment-flood',
    threat: 'a message in a million fragments that never ends',
    run: (target) => fragmentFlood(target, 2),
  },
  {
    name: 'empty-fragments',
    threat: 'a million fragments with nothing in them',
    run: (target) => fragmentFlood(target, 0),
  },
  {
    name: 'oversized-control-frame',
    threat: 'a ping of more than 125 bytes',
    run: send([1002], join(hex('89fe007e00000000'), new Uint8Array(126))),
  },
  {
    name: 'reserved-bits',
    threat: 'a frame of an extension that was not agreed on',
    run: send([1002], hex('c28000000000')),
  },
  {
    name: 'inflate-bomb',
    threat: '64 KiB that become 64 MiB',
    run: inflateBomb,
  },
]
