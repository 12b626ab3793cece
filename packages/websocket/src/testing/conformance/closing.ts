/** Family 7: closing, with every form a close frame can have. */
import { hex } from '../wire.ts'
import { type Case, close, echoes, FIRST, fails, line, ping, send, stars, text } from './script.ts'

const hello = text('Hello World!')

/** A close frame that is answered with the same code. */
function answered(id: string, about: string, code: number | undefined, reason: string | Uint8Array = ''): Case {
  return { id, about, sends: [close(code, reason)], answers: [code === undefined ? 'close' : `close ${code}`] }
}

const BEHAVIOUR: readonly Case[] = [
  echoes('7.1.1', 'a message, then a close', [hello, close(1000)], hello, close(1000)),
  { id: '7.1.2', about: 'two closes', sends: [close(1000), close(1000)], answers: ['close 1000'] },
  { id: '7.1.3', about: 'a ping after a close', sends: [close(1000), ping('x')], answers: ['close 1000'] },
  { id: '7.1.4', about: 'a text after a close', sends: [close(1000), hello], answers: ['close 1000'] },
  {
    id: '7.1.5',
    about: 'a close inside a fragmented text',
    sends: [text('fragment1', FIRST), close(1000)],
    answers: ['close 1000'],
  },
  {
    id: '7.1.6',
    about: '256 KiB, a text, a close, a ping',
    sends: [text(stars(262_144)), hello, close(1000), ping('x')],
    answers: [line(1, stars(262_144)), line(1, 'Hello World!'), 'close 1000'],
  },
]

const PAYLOADS: readonly Case[] = [
  answered('7.3.1', 'an empty close', undefined),
  fails('7.3.2', 'a close of one byte', 1002, [send(8, 'a')]),
  answered('7.3.3', 'a code', 1000),
  answered('7.3.4', 'a code and a reason', 1000, 'Hello World!'),
  answered('7.3.5', 'the longest reason, 123 bytes', 1000, stars(123)),
  fails('7.3.6', 'a reason of 124 bytes', 1002, [close(1000, stars(124))]),
  answered('7.3.7', 'a reason with code points of every length', 1000, 'aé€😀'),
  fails('7.5.1', 'a reason that is no UTF-8', 1007, [close(1000, hex('cebae1bdb9cf83cebcceb5eda080656469746564'))]),
  fails('7.5.2', 'a reason that ends inside a code point', 1007, [close(1000, hex('61c3'))]),
  fails('7.5.3', 'a bad code before a bad reason', 1002, [close(999, hex('ff'))]),
]

const GOOD = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999]
const BAD = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535]

export const CLOSING_CASES: readonly Case[] = [
  ...BEHAVIOUR,
  ...PAYLOADS,
  ...GOOD.map((code, i) => answered(`7.7.${i + 1}`, `code ${code}`, code)),
  ...GOOD.map((code, i) => answered(`7.7.${i + 1}b`, `code ${code} with a reason`, code, 'because')),
  ...BAD.map((code, i) => fails(`7.9.${i + 1}`, `code ${code}`, 1002, [close(code)])),
]
