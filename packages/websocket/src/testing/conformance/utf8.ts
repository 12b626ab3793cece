/**
 * Family 6: text that is UTF-8, and text that is not, by the places where decoders go wrong (Markus Kuhn's stress test).
 * For what is invalid the table says which byte is the first that cannot be: the connection fails when that byte arrives.
 */
import { hex } from '../wire.ts'
import { type Case, echoes, FIRST, fails, fragments, more, type Sent, text } from './script.ts'

/** Bytes; the index of the first byte that cannot be, 'valid', or 'open' when the text ends inside a code point. */
type Sequence = readonly [hex: string, verdict: number | 'valid' | 'open', about: string]

const GREEK = 'cebae1bdb9cf83cebcceb5'

export const SEQUENCES: readonly Sequence[] = [
  // 6.5: "κόσμε", cut after each byte.
  ...Array.from({ length: 11 }, (_, i): Sequence => {
    const whole = [2, 5, 7, 9, 11].includes(i + 1)
    return [GREEK.slice(0, (i + 1) * 2), whole ? 'valid' : 'open', `Greek, ${i + 1} bytes of it`]
  }),
  // 6.6: the first and last code point of each length.
  ['00', 'valid', 'U+0000'],
  ['7f', 'valid', 'U+007F'],
  ['c280', 'valid', 'U+0080'],
  ['dfbf', 'valid', 'U+07FF'],
  ['e0a080', 'valid', 'U+0800'],
  ['ed9fbf', 'valid', 'U+D7FF'],
  ['ee8080', 'valid', 'U+E000'],
  ['efbfbd', 'valid', 'U+FFFD'],
  ['efbfbf', 'valid', 'U+FFFF'],
  ['f0908080', 'valid', 'U+10000'],
  ['f48fbfbf', 'valid', 'U+10FFFF'],
  ['f4908080', 1, 'U+110000'],
  ['f5808080', 0, 'above U+13FFFF'],
  ['f7bfbfbf', 0, 'the last code of four bytes'],
  ['f888808080', 0, 'the first code of five bytes'],
  ['fbbfbfbfbf', 0, 'the last code of five bytes'],
  ['fc8480808080', 0, 'the first code of six bytes'],
  ['fdbfbfbfbfbf', 0, 'the last code of six bytes'],
  // Continuations without a lead.
  ['80', 0, 'the first continuation byte alone'],
  ['bf', 0, 'the last continuation byte alone'],
  ['6180', 1, 'a continuation byte after ASCII'],
  ['c3a980', 2, 'one continuation byte too many'],
  ['80bf80bf80bf', 0, 'six continuation bytes'],
  ...Array.from({ length: 64 }, (_, i): Sequence => [(0x80 + i).toString(16), 0, `continuation byte ${i}`]),
  // Leads followed by a space instead of a continuation.
  ...Array.from(
    { length: 30 },
    (_, i): Sequence => [`${(0xc2 + i).toString(16)}20`, 1, `a lead of two and a space, ${i}`],
  ),
  ...Array.from(
    { length: 16 },
    (_, i): Sequence => [`${(0xe0 + i).toString(16)}20`, 1, `a lead of three and a space, ${i}`],
  ),
  ...Array.from(
    { length: 5 },
    (_, i): Sequence => [`${(0xf0 + i).toString(16)}20`, 1, `a lead of four and a space, ${i}`],
  ),
  ['e0a020', 2, 'the last byte of three missing'],
  ['f0908020', 3, 'the last byte of four missing'],
  ['c3', 'open', 'the last byte of two missing at the end'],
  ['efbf', 'open', 'the last byte of three missing at the end'],
  ['f48fbf', 'open', 'the last byte of four missing at the end'],
  // Bytes that are never anything.
  ...['c0', 'c1', 'f5', 'f6', 'f7', 'f8', 'fa', 'fc', 'fe', 'ff'].map(
    (byte): Sequence => [byte, 0, `the byte ${byte}`],
  ),
  ['fefeffff', 0, 'impossible bytes'],
  // Overlong.
  ['c0af', 0, 'a slash in two bytes'],
  ['e080af', 1, 'a slash in three bytes'],
  ['f08080af', 1, 'a slash in four bytes'],
  ['c1bf', 0, 'overlong U+007F'],
  ['e09fbf', 1, 'overlong U+07FF'],
  ['f08fbfbf', 1, 'overlong U+FFFF'],
  ['c080', 0, 'overlong U+0000 in two bytes'],
  ['e08080', 1, 'overlong U+0000 in three bytes'],
  ['f0808080', 1, 'overlong U+0000 in four bytes'],
  // Surrogates, alone and in pairs.
  ...['a080', 'adbf', 'ae80', 'afbf', 'b080', 'be80', 'bfbf'].map((rest): Sequence => [`ed${rest}`, 1, 'a surrogate']),
  ['eda080edb080', 1, 'a pair of surrogates'],
  ['edaebfedbfbf', 1, 'another pair of surrogates'],
  // Noncharacters are characters here.
  ...Array.from({ length: 16 }, (_, i): Sequence => {
    const plane = i + 1
    const lead = (0xf0 | (plane >> 2)).toString(16)
    const second = (0x80 | ((plane & 3) << 4) | 0x0f).toString(16)
    return [`${lead}${second}bfbe`, 'valid', `U+${plane.toString(16)}FFFE`]
  }),
  ['efb790', 'valid', 'U+FDD0'],
  ['efb7af', 'valid', 'U+FDEF'],
]

function around(id: string, [digits, verdict, about]: Sequence): Case[] {
  const bytes = hex(digits)
  const cases: Case[] = []
  // In one frame; each byte in a frame of its own; one frame whose bytes come one at a time.
  const ways: readonly (readonly [name: string, sends: readonly Sent[]])[] = [
    ['in one frame', [text(bytes)]],
    ['each byte a fragment', fragments(1, bytes, 1)],
    ['each byte a chunk', [text(bytes, { chop: 1 })]],
  ]
  for (const [name, sends] of ways) {
    const full = `${about}, ${name}`
    if (verdict === 'valid') cases.push(echoes(id, full, sends, text(bytes)))
    else if (verdict === 'open') cases.push(fails(id, full, 1007, sends))
    else if (sends.length > 1) cases.push({ ...fails(id, full, 1007, sends), failsAfter: [verdict, 1] })
    else cases.push(fails(id, full, 1007, sends))
  }
  // Fail fast: the rest of the message never comes, neither that of the frame nor further fragments.
  if (typeof verdict === 'number') {
    const unfinished = text(new Uint8Array([...bytes, ...new Uint8Array(1000).fill(0x2e)]), { only: verdict + 1 })
    cases.push(fails(id, `${about}, in a frame that is not finished`, 1007, [unfinished]))
    const open = text(bytes.subarray(0, verdict + 1), FIRST)
    cases.push(
      fails(id, `${about}, in a message that is not finished`, 1007, [text('before ', FIRST), { ...open, opcode: 0 }]),
    )
  }
  return cases
}

const VALID = 'Hello-µ@ßöäüàá-UTF-8!!'
const valid = new TextEncoder().encode(VALID)
const broken = hex('cebae1bdb9cf83cebcceb5f4908080656469746564')

const BASIC: readonly Case[] = [
  echoes('6.1.1', 'an empty text', [text('')]),
  echoes('6.1.2', 'three empty fragments', [text('', FIRST), more('', FIRST), more('')], text('')),
  echoes(
    '6.1.3',
    'an empty fragment on either side',
    [text('', FIRST), more('middle', FIRST), more('')],
    text('middle'),
  ),
  echoes('6.2.1', 'a text', [text(VALID)]),
  echoes('6.2.2', 'in two fragments', [text(valid.subarray(0, 12), FIRST), more(valid.subarray(12))], text(VALID)),
  echoes('6.2.3', 'in fragments of a byte', fragments(1, valid, 1), text(VALID)),
  echoes('6.2.4', 'Greek in fragments of a byte', fragments(1, hex(GREEK), 1), text(hex(GREEK))),
  fails('6.3.1', 'text that is not UTF-8', 1007, [text(broken)]),
  { ...fails('6.3.2', 'the same in fragments of a byte', 1007, fragments(1, broken, 1)), failsAfter: [12, 1] },
  {
    ...fails('6.4.1', 'the second of three fragments is wrong', 1007, [
      text(broken.subarray(0, 11), FIRST),
      more(broken.subarray(11, 15), FIRST),
      more(broken.subarray(15)),
    ]),
    failsAfter: [1, 1],
  },
  {
    ...fails('6.4.2', 'the wrong byte is the first of the second fragment', 1007, [
      text(broken.subarray(0, 12), FIRST),
      more(broken.subarray(12, 13), FIRST),
      more(broken.subarray(13)),
    ]),
    failsAfter: [1, 1],
  },
  fails('6.4.3', 'the wrong byte comes, the rest of the frame does not', 1007, [text(broken, { only: 15 })]),
  fails('6.4.4', 'the same, one byte further', 1007, [text(broken, { only: 13 })]),
]

export const UTF8_CASES: readonly Case[] = [...BASIC, ...SEQUENCES.flatMap((each, i) => around(`6.5+${i}`, each))]
