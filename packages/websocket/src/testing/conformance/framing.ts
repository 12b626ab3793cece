/** Families 1 to 5 and 10: framing, pings and pongs, reserved bits, opcodes, fragments. */
import {
  binary,
  type Case,
  echoes,
  FIRST,
  fails,
  fragments,
  line,
  more,
  noise,
  ping,
  pong,
  type Sent,
  send,
  stars,
  text,
} from './script.ts'

const LENGTHS = [0, 125, 126, 127, 128, 65_535, 65_536]

const FRAMING: readonly Case[] = [
  ...LENGTHS.map((size, i) => echoes(`1.1.${i + 1}`, `text of ${size} bytes`, [text(stars(size))])),
  echoes('1.1.8', 'text of 65536 bytes in chunks of 997', [text(stars(65_536), { chop: 997 })]),
  ...LENGTHS.map((size, i) => echoes(`1.2.${i + 1}`, `binary of ${size} bytes`, [binary(noise(size))])),
  echoes('1.2.8', 'binary of 65536 bytes in chunks of 997', [binary(noise(65_536), { chop: 997 })]),
]

const sixteen = (each: (i: number) => Sent) => Array.from({ length: 10 }, (_, i) => each(i))

const PINGS: readonly Case[] = [
  echoes('2.1', 'an empty ping', [ping()], pong()),
  echoes('2.2', 'a ping with text', [ping('Hello, world!')], pong('Hello, world!')),
  echoes(
    '2.3',
    'a ping with bytes that are no UTF-8',
    [ping(Uint8Array.of(0, 255, 254, 253, 0, 255))],
    pong(Uint8Array.of(0, 255, 254, 253, 0, 255)),
  ),
  echoes('2.4', 'a ping of 125 bytes', [ping(noise(125))], pong(noise(125))),
  fails('2.5', 'a ping of 126 bytes', 1002, [ping(noise(126))]),
  echoes('2.6', 'a ping of 125 bytes, byte by byte', [ping(noise(125), { chop: 1 })], pong(noise(125))),
  { id: '2.7', about: 'an unsolicited empty pong', sends: [pong()], answers: [] },
  { id: '2.8', about: 'an unsolicited pong', sends: [pong('unsolicited')], answers: [] },
  echoes('2.9', 'an unsolicited pong, then a ping', [pong('unsolicited'), ping('ping')], pong('ping')),
  echoes(
    '2.10',
    'ten pings',
    sixteen((i) => ping(`payload-${i}`)),
    ...sixteen((i) => pong(`payload-${i}`)),
  ),
  echoes(
    '2.11',
    'ten pings, byte by byte',
    sixteen((i) => ping(`payload-${i}`, { chop: 1 })),
    ...sixteen((i) => pong(`payload-${i}`)),
  ),
]

const hello = text('Hello, world!')

const RESERVED: readonly Case[] = [
  fails('3.1', 'RSV 1 on a small text', 1002, [text('Hello, world!', { rsv: 0x10 })]),
  fails(
    '3.2',
    'RSV 2 on a small text after one without',
    1002,
    [hello, text('Hello, world!', { rsv: 0x20 }), ping()],
    hello,
  ),
  fails('3.3', 'RSV 3, in one chunk each', 1002, [hello, text('Hello, world!', { rsv: 0x30 }), ping()], hello),
  fails(
    '3.4',
    'RSV 4, byte by byte',
    1002,
    [{ ...hello, chop: 1 }, text('Hello, world!', { rsv: 0x40, chop: 1 }), ping('', { chop: 1 })],
    hello,
  ),
  fails('3.5', 'RSV 5 on binary', 1002, [binary(noise(8), { rsv: 0x50 })]),
  fails('3.6', 'RSV 6 on a ping', 1002, [ping(noise(8), { rsv: 0x60 })]),
  fails('3.7', 'RSV 7 on a close', 1002, [send(8, Uint8Array.of(3, 232), { rsv: 0x70 })]),
]

const opcodes = (family: string, codes: readonly number[]): Case[] =>
  codes.flatMap((code, i) => [
    fails(`${family}.${i + 1}`, `reserved opcode ${code}, empty`, 1002, [hello, send(code, '')], hello),
    fails(
      `${family}.${i + 1}b`,
      `reserved opcode ${code} with a payload`,
      1002,
      [hello, send(code, 'reserved'), ping()],
      hello,
    ),
    fails(`${family}.${i + 1}c`, `reserved opcode ${code}, byte by byte`, 1002, [send(code, 'reserved', { chop: 1 })]),
  ])

const OPCODES: readonly Case[] = [...opcodes('4.1', [3, 4, 5, 6, 7]), ...opcodes('4.2', [11, 12, 13, 14, 15])]

const one = text('fragment1', FIRST)
const two = more('fragment2')
const both = text('fragment1fragment2')
const chopped = (sends: readonly Sent[]) => sends.map((sent) => ({ ...sent, chop: 1 }))
const nothing = (fin: boolean) => more('non-continuation payload', { fin })
const parts = (base: number) => Array.from({ length: 5 }, (_, i) => `fragment${base + i}`)

const FRAGMENTS: readonly Case[] = [
  fails('5.1', 'a ping in two fragments', 1002, [ping('fragment1', FIRST), more('fragment2')]),
  fails('5.2', 'a pong in two fragments', 1002, [pong('fragment1', FIRST), more('fragment2')]),
  echoes('5.3', 'a text in two fragments', [one, two], both),
  echoes('5.5', 'the same, byte by byte', chopped([one, two]), both),
  echoes('5.6', 'a ping between', [one, ping('ping payload'), two], pong('ping payload'), both),
  echoes('5.8', 'the same, byte by byte', chopped([one, ping('ping payload'), two]), pong('ping payload'), both),
  fails('5.9', 'a last continuation of nothing', 1002, [nothing(true), hello]),
  fails('5.11', 'the same, byte by byte', 1002, chopped([nothing(true), hello])),
  fails('5.12', 'a continuation of nothing', 1002, [nothing(false), hello]),
  fails('5.14', 'the same, byte by byte', 1002, chopped([nothing(false), hello])),
  fails(
    '5.15',
    'a message, then a continuation of nothing',
    1002,
    [one, two, more('fragment3', FIRST), text('fragment4')],
    both,
  ),
  fails('5.16', 'continuations of nothing before each message', 1002, [
    nothing(false),
    one,
    two,
    nothing(false),
    one,
    two,
  ]),
  fails('5.17', 'last continuations of nothing before each message', 1002, [
    nothing(true),
    one,
    two,
    nothing(true),
    one,
    two,
  ]),
  fails('5.18', 'two fragments, both with the opcode of text', 1002, [one, text('fragment2')]),
  {
    id: '5.19',
    about: 'a text in five fragments with pings between',
    sends: [
      text('fragment1', FIRST),
      more('fragment2', FIRST),
      ping('pongme 1!'),
      more('fragment3', FIRST),
      more('fragment4', FIRST),
      ping('pongme 2!'),
      more('fragment5'),
    ],
    answers: [line(10, 'pongme 1!'), line(10, 'pongme 2!'), line(1, parts(1).join(''))],
  },
  echoes(
    '10.1.1',
    'a text of 65536 bytes in fragments of 1300',
    fragments(1, stars(65_536), 1300),
    text(stars(65_536)),
  ),
]

export const FRAMING_CASES: readonly Case[] = [...FRAMING, ...PINGS, ...RESERVED, ...OPCODES, ...FRAGMENTS]
