/** Families 12 and 13: compressed messages of many kinds and sizes, with every combination of parameters. */
import { Buffer } from 'node:buffer'
import { constants, deflateRawSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type DeflateParameters, DeflateTester, negotiate } from './deflate-tester.ts'
import { send } from './script.ts'
import { ROLES, Tester } from './tester.ts'

const long = process.env.WIREPACT_SOAK === '1'
/** Messages for each row. There are more combinations of parameters here than in the catalogue, so each gets fewer. */
const COUNT = long ? 1000 : 4
const COMBINED = long ? 200 : 4
const TIME = { timeout: long ? 120_000 : 20_000 }

const BITS = [8, 9, 10, 11, 12, 13, 14, 15]
const SIZES = [16, 64, 256, 1024, 4096, 8192, 16_384, 32_768, 65_536, 131_072]

/** Words by a rule, so that a run can be repeated; what they are made of decides how well they compress. */
function made(kind: string, size: number, seed: number): Buffer {
  let state = seed * 2 + 1
  const next = () => {
    state = Math.imul(state, 1664525) + 1013904223
    return (state >>> 8) & 0xffff
  }
  if (kind === 'noise') return Buffer.from(Uint8Array.from({ length: size }, () => next() & 255))
  const words: string[] = []
  for (let length = 0; length < size; length += words.at(-1)!.length) {
    const n = next()
    if (kind === 'json') words.push(`{"sensor":"s-${n % 50}","value":${n / 8},"ok":${n % 2 === 0}},`)
    else if (kind === 'prose')
      words.push(['the ', 'slow ', 'blue ', 'train ', 'leaves ', 'when ', 'it ', 'will. '][n % 8]!)
    else words.push(`<li class="c${n % 9}">${(n * n).toString(36)}</li>\n`)
  }
  return Buffer.from(words.join('').slice(0, size))
}

const deflated = (bytes: Buffer) => deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)

const TAKEOVERS = [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const

describe.each(ROLES)('family 12, %s', (role) => {
  const PARAMETERS: DeflateParameters = { sendTakeover: true, sendBits: 15, receiveTakeover: true, receiveBits: 15 }

  test.each(
    ['json', 'prose', 'noise', 'html'].flatMap((kind, i) =>
      SIZES.map((size, j) => [`12.${i + 1}.${j + 1}`, kind, size] as const),
    ),
  )('%s %s of %i bytes, whole and in fragments', TIME, async (_id, kind, size) => {
    const tester = new DeflateTester(role, PARAMETERS, negotiate(role, PARAMETERS, { thresholdBytes: 1 }))
    for (let i = 0; i < COUNT; i++) {
      const frameBytes = i % 2 === 0 ? Number.POSITIVE_INFINITY : Math.max(1, size >> (2 + (i % 5)))
      await tester.echo(kind === 'noise' ? 2 : 1, made(kind, size, i), frameBytes)
    }
  })
})

describe.each(ROLES)('family 13, %s', (role) => {
  const rows = TAKEOVERS.flatMap(([sendTakeover, receiveTakeover]) =>
    BITS.flatMap((sendBits) => BITS.map((receiveBits) => ({ sendTakeover, sendBits, receiveTakeover, receiveBits }))),
  )

  test.each(rows)('%o', TIME, async (parameters) => {
    const tester = new DeflateTester(role, parameters, negotiate(role, parameters, { thresholdBytes: 1 }))
    for (let i = 0; i < COMBINED; i++) {
      const size = SIZES[(i * 3 + parameters.sendBits) % 7]!
      // The same words come again, so that a message has something to refer to in those before it.
      await tester.echo(1, made('json', size, i % 3), i % 2 === 0 ? Number.POSITIVE_INFINITY : 300)
    }
  })
})

describe.each(ROLES)('the bit that marks a compressed message, %s', (role) => {
  const PARAMETERS: DeflateParameters = { sendTakeover: true, sendBits: 15, receiveTakeover: true, receiveBits: 15 }
  const HELLO = Uint8Array.of(0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0)

  test.each([
    [
      'on a continuation',
      [send(1, HELLO.subarray(0, 3), { fin: false, rsv: 0x40 }), send(0, HELLO.subarray(3), { rsv: 0x40 })],
    ],
    ['on a continuation alone', [send(1, 'a', { fin: false }), send(0, 'b', { rsv: 0x40 })]],
    ['on a ping', [send(9, HELLO, { rsv: 0x40 })]],
    ['on a close', [send(8, Uint8Array.of(3, 232), { rsv: 0x40 })]],
    ['together with RSV2', [send(1, HELLO, { rsv: 0x60 })]],
    ['as RSV2', [send(1, HELLO, { rsv: 0x20 })]],
  ])('is refused %s', (_about, sends) => {
    const tester = new Tester(role, negotiate(role, PARAMETERS, {}))
    for (const sent of sends) tester.send(sent)
    expect(tester.lines).toEqual(['close 1002'])
  })

  test('control frames between its fragments are answered', () => {
    const tester = new Tester(role, negotiate(role, PARAMETERS, {}))
    tester.send(send(1, HELLO.subarray(0, 3), { fin: false, rsv: 0x40 }))
    tester.send(send(9, 'ping'))
    tester.send(send(0, HELLO.subarray(3)))
    tester.send(send(1, 'not compressed'))
    expect(tester.lines).toEqual(['pong 70696e67', 'text Hello', 'text not compressed'])
  })

  test.each([
    ['text that is not UTF-8 once it is inflated', deflated(Buffer.from('ab\xff', 'latin1')), 'close 1007'],
    ['data that is no DEFLATE', Uint8Array.of(0xff, 0xff, 0xff), 'close 1007'],
  ])('%s', (_about, payload, answer) => {
    const tester = new Tester(role, negotiate(role, PARAMETERS, {}))
    tester.send(send(1, payload, { rsv: 0x40 }))
    expect(tester.lines).toEqual([answer])
  })
})
