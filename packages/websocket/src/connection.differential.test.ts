/** The same bytes to our receiver and to that of `ws`: the same messages and the same verdict, or a listed difference. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import * as ws from 'ws'
import { Endpoint } from './testing/harness.ts'
import { concat, frame, toHex } from './testing/wire.ts'

// Exported by ws, and left out of its types.
const { Receiver } = ws as unknown as {
  Receiver: new (options: object) => import('node:stream').Writable
}

/** Messages and control frames as lines, and the close code of the violation if there was one. */
interface Verdict {
  readonly log: string[]
  readonly code: number | undefined
}

function ours(isServer: boolean, wire: Uint8Array): Verdict & { reason: string } {
  const end = new Endpoint(isServer ? 'server' : 'client').receive(wire)
  const violated = end.connection.transport === 'end' && !end.log.some((line) => line.startsWith('closing'))
  end.connection.transportEnded()
  const last = end.log.pop()!
  const parts = last.split(' ')
  return { log: end.log, code: violated ? Number(parts[1]) : undefined, reason: last }
}

async function theirs(isServer: boolean, wire: Uint8Array): Promise<Verdict> {
  const log: string[] = []
  const receiver = new Receiver({ isServer, allowSynchronousEvents: true, maxPayload: 16 * 1024 * 1024 })
  receiver.on('message', (data: Buffer, isBinary: boolean) => {
    log.push(isBinary ? `binary ${toHex(data)}` : `text ${JSON.stringify(data.toString())}`)
  })
  receiver.on('ping', (data: Buffer) => log.push(`ping ${toHex(data)}`))
  receiver.on('pong', (data: Buffer) => log.push(`pong ${toHex(data)}`))
  receiver.on('conclude', (code: number, reason: Buffer) => log.push(`closing ${code} ${reason.toString()}`.trimEnd()))
  let code: number | undefined
  const failed = new Promise<void>((resolve) => {
    receiver.on('error', (error: Error) => {
      // Their receiver names the close code in a property keyed by a symbol.
      const symbol = Object.getOwnPropertySymbols(error).find((key) => key.description === 'status-code')!
      code = Reflect.get(error, symbol) as number
      resolve()
    })
  })
  receiver.on('error', () => undefined)
  await Promise.race([failed, new Promise((resolve) => receiver.write(Buffer.from(wire), resolve))])
  return { log, code }
}

/** Where we are stricter, or see a fault sooner, and why. */
const REASONED = [
  // Section 5.2 "the minimal number of bytes MUST be used": theirs takes any form.
  'payload length is not written in its shortest form',
  // We fail at the first byte that cannot be text, theirs when the message is complete; so theirs may never get there,
  // or meet another fault first.
  'text is not valid UTF-8',
  // Checked on the header by both, but ours sees a length above 2^32 before the frame's fragments are counted.
  'frame above the size limit',
  'the highest bit of a 64-bit length must be 0',
]

const piece = fc.record({
  opcode: fc.oneof({ weight: 10, arbitrary: fc.constantFrom(0, 1, 2, 9, 10) }, fc.nat(15)),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 10 }).map((text) => new TextEncoder().encode(text)),
    fc.constantFrom(125, 126, 127, 65_535, 65_536).map((size) => new Uint8Array(size).fill(0x62)),
    fc.integer({ min: 990, max: 5010 }).map((code) => Uint8Array.of(code >> 8, code & 255, 0x21)),
  ),
  fin: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.constant(false)),
  rsv: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.constantFrom(0x10, 0x20, 0x40)),
  wrongMask: fc.oneof({ weight: 20, arbitrary: fc.constant(false) }, fc.constant(true)),
  lengthForm: fc.oneof({ weight: 20, arbitrary: fc.constant(undefined) }, fc.constantFrom(2 as const, 8 as const)),
  damage: fc.option(fc.tuple(fc.nat(16), fc.nat(255)), { freq: 10 }),
})

const stream = fc.record({ isServer: fc.boolean(), pieces: fc.array(piece, { minLength: 1, maxLength: 8 }) })

test('our verdict is that of ws, but for the listed differences', async () => {
  let differences = 0
  await fc.assert(
    fc.asyncProperty(stream, async ({ isServer, pieces }) => {
      const wire = concat(
        ...pieces.map(({ opcode, payload, fin, rsv, wrongMask, lengthForm, damage }) => {
          const key = isServer !== wrongMask ? 0x11223344 : undefined
          const form = lengthForm !== undefined && payload.length < 126 ? { lengthForm } : {}
          const bytes = frame(opcode, payload, { fin, rsv, key, ...form })
          if (damage !== null && damage[0] < bytes.length) bytes[damage[0]] = damage[1]
          return bytes
        }),
      )
      const mine = ours(isServer, wire)
      const other = await theirs(isServer, wire)
      if (REASONED.some((reason) => mine.reason.includes(reason))) {
        differences++
        // Even then both agree on everything before the fault.
        expect(other.log.slice(0, mine.log.length)).toEqual(mine.log)
      } else expect({ log: mine.log, code: mine.code }).toEqual(other)
    }),
    { numRuns: 3000 },
  )
  // The comparison means something only while most streams are compared in full.
  expect(differences).toBeLessThan(1500)
})
