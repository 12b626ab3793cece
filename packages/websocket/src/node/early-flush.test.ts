import { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { FIN, TEXT } from '../frame.ts'
import { NodeWebSocket } from './socket.ts'

/** A stream that counts the bytes of each write. */
class Wire extends Duplex {
  readonly writes: number[] = []

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.writes.push(chunk.length)
    done()
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.writes.push(chunks.reduce((sum, { chunk }) => sum + chunk.length, 0))
    done()
  }
}

const ANSWER = new Uint8Array(10)
/** Of an answer, with its header. */
const FRAME = 12

/** A server that answers each message `answers` times. */
function serve(answers: number): { wire: Wire; socket: NodeWebSocket } {
  const wire = new Wire()
  const socket = new NodeWebSocket(wire, { role: 'server' })
  socket.start({
    message() {
      for (let i = 0; i < answers; i++) socket.sendBinary(ANSWER)
    },
    closed() {},
  })
  return { wire, socket }
}

/** `count` empty messages in one chunk, and the turn after it. */
async function ask(wire: Wire, count: number): Promise<void> {
  if (count > 0) wire.push(Buffer.concat(Array.from({ length: count }, () => Buffer.of(FIN | TEXT, 0x80, 0, 0, 0, 0))))
  await new Promise((resolve) => setImmediate(resolve))
}

it('answers of one chunk leave in one write as long as they are few', async () => {
  const { wire } = serve(1)
  await ask(wire, 31)
  await ask(wire, 31)
  expect(wire.writes).toEqual([31 * FRAME, 31 * FRAME])
})

it('of many, to one who talks with us alone, the first half leaves while the second is made', async () => {
  const { wire } = serve(1)
  await ask(wire, 64)
  expect(wire.writes.splice(0), 'who has just come may be one of many').toEqual([64 * FRAME])
  await ask(wire, 64)
  expect(wire.writes.splice(0)).toEqual([32 * FRAME, 32 * FRAME])
  await ask(wire, 40)
  expect(wire.writes.splice(0)).toEqual([32 * FRAME, 8 * FRAME])
})

it('where two talk in turns each gets one write: the other one keeps us busy meanwhile', async () => {
  const [one, other] = [serve(1).wire, serve(1).wire]
  for (let i = 0; i < 3; i++) {
    await ask(one, 64)
    await ask(other, 64)
  }
  expect(one.writes).toEqual([64 * FRAME, 64 * FRAME, 64 * FRAME])
  expect(other.writes).toEqual([64 * FRAME, 64 * FRAME, 64 * FRAME])
})

it('what nobody asked for leaves in one write, however many they are', async () => {
  const { wire, socket } = serve(1)
  await ask(wire, 1)
  await ask(wire, 1)
  for (let turns = 0; turns < 3; turns++) {
    wire.writes.splice(0)
    for (let i = 0; i < 200; i++) socket.sendBinary(ANSWER)
    await ask(wire, 0)
    // The first burst after an answer is taken for more of them: nothing tells when answers end.
    expect(wire.writes).toHaveLength(turns === 0 ? 7 : 1)
    expect(wire.writes.reduce((sum, bytes) => sum + bytes)).toBe(200 * FRAME)
  }
})

it('16 KiB are enough for a write, whoever they are for', async () => {
  const { wire, socket } = serve(0)
  const kibibyte = new Uint8Array(1024)
  for (let i = 0; i < 40; i++) socket.sendBinary(kibibyte)
  await ask(wire, 0)
  const [first, second, rest] = wire.writes.map((bytes) => Math.floor(bytes / 1024))
  expect([first, second, rest]).toEqual([16, 16, 8])
})
