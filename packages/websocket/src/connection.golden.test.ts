/** Bytes on the wire, and what each role makes of them. The bytes are written once; a key is added for the server. */
import { describe, expect, test } from 'vitest'
import { Endpoint } from './testing/harness.ts'
import { hex, toHex } from './testing/wire.ts'

const REFUSED_1002 = 'closed 1002'
const REFUSED_1007 = 'closed 1007'
const REFUSED_1009 = 'closed 1009'

/** Unmasked wire hex → log. A log line may be given by its beginning. */
const TABLE: readonly (readonly [hex: string, name: string, ...log: string[]])[] = [
  ['8100', 'empty text', 'text ""'],
  ['8200', 'empty binary', 'binary '],
  ['810548656c6c6f', 'text of RFC 6455 section 5.7', 'text "Hello"'],
  ['0103 48656c 8002 6c6f', 'fragmented text of section 5.7', 'text "Hello"'],
  ['0203 010203 0000 8001 04', 'an empty fragment in the middle', 'binary 01020304'],
  ['0100 0000 8000', 'nothing but empty fragments', 'text ""'],
  ['0101 c3 8001 a9', 'a code point across two fragments', 'text "é"'],
  ['0101 61 8900 8a0178 8001 62', 'control frames between fragments', 'ping ', 'pong 78', 'text "ab"'],
  ['8905 48656c6c6f', 'ping of section 5.7', 'ping 48656c6c6f'],
  ['8a00', 'pong nobody asked for', 'pong '],
  ['8100 8201ff 8100', 'several in one chunk', 'text ""', 'binary ff', 'text ""'],
  // Closing.
  ['8800', 'close without a body', 'closing 1005', 'closed 1005  clean'],
  ['8802 03e8', 'close 1000', 'closing 1000', 'closed 1000  clean'],
  ['8805 03e9 c3a921', 'close with a reason', 'closing 1001 é!', 'closed 1001 é! clean'],
  ['8802 0fa0 8100', 'nothing after a close frame is read', 'closing 4000', 'closed 4000  clean'],
  ['0101 61 8802 03e8', 'close between fragments', 'closing 1000', 'closed 1000  clean'],
  ['8801 03', 'close with one byte', REFUSED_1002],
  ['8802 03ed', 'close 1005 on the wire', REFUSED_1002],
  ['8802 03ee', 'close 1006 on the wire', REFUSED_1002],
  ['8802 03f7', 'close 1015 on the wire', REFUSED_1002],
  ['8802 03e7', 'close 999', REFUSED_1002],
  ['8802 1388', 'close 5000', REFUSED_1002],
  ['8803 03e8 ff', 'close reason that is no UTF-8', REFUSED_1007],
  // Reserved bits, section 5.2.
  ['c100', 'RSV1', 'closed 1002 reserved bits'],
  ['a100', 'RSV2', 'closed 1002 reserved bits'],
  ['9100', 'RSV3', 'closed 1002 reserved bits'],
  ['c900', 'RSV1 on a ping', 'closed 1002 reserved bits'],
  ['f100', 'all three', 'closed 1002 reserved bits'],
  // Opcodes.
  ...['83', '84', '85', '86', '87', '8b', '8c', '8d', '8e', '8f'].map(
    (b0) => [`${b0}00`, `opcode ${b0.charAt(1)}`, 'closed 1002 reserved opcode'] as const,
  ),
  ['f300', 'reserved bits are judged before the opcode', 'closed 1002 reserved bits'],
  // Control frames, section 5.5.
  ['0900', 'fragmented ping', 'closed 1002 control frames must not be fragmented'],
  ['0a00', 'fragmented pong', 'closed 1002 control frames must not be fragmented'],
  ['0800', 'fragmented close', 'closed 1002 control frames must not be fragmented'],
  ['897e 007e', 'ping of 126 bytes', 'closed 1002 control frames carry at most 125 bytes'],
  ['897f 0000000000000001', 'ping with a 64-bit length', 'closed 1002 control frames carry at most 125 bytes'],
  // Fragments, section 5.4.
  ['8000', 'continuation of nothing', 'closed 1002 continuation without'],
  ['0000', 'continuation of nothing, to be continued', 'closed 1002 continuation without'],
  ['0100 8100', 'a text inside a fragmented text', 'closed 1002 a new message began'],
  ['0200 0200', 'a second first fragment', 'closed 1002 a new message began'],
  ['0100 8000 8000', 'continuation after the end', 'text ""', 'closed 1002 continuation without'],
  // Lengths.
  ['827e 007d', '16-bit length of 125', 'closed 1002 payload length is not'],
  ['827f 000000000000ffff', '64-bit length of 65535', 'closed 1002 payload length is not'],
  ['827f 8000000000000001', '64-bit length with its highest bit', 'closed 1002 the highest bit'],
  ['827f 0000000100000000', '4 GiB', REFUSED_1009],
  ['827f 0020000000000000', '2^53 bytes', REFUSED_1009],
  ['827f 0000000001000001', 'one byte above 16 MiB, refused on its header', REFUSED_1009],
  // UTF-8, section 8.1.
  ['8101 ff', 'a byte that never occurs', REFUSED_1007],
  ['8101 c3', 'text that ends inside a code point', REFUSED_1007],
  ['8103 eda080', 'a surrogate', REFUSED_1007],
  ['8104 f4908080', 'above U+10FFFF', REFUSED_1007],
  ['8102 c080', 'overlong NUL', REFUSED_1007],
  ['0101 ff', 'a bad byte in a first fragment, at once', REFUSED_1007],
  ['0101 61 0001 ff', 'a bad byte in a middle fragment, at once', REFUSED_1007],
  ['0102 c3a9 8001 c3', 'a message that ends inside a code point', REFUSED_1007],
  ['8104 61ff', 'a bad byte in the middle of a frame, before the frame is complete', REFUSED_1007],
  ['8104 f490', 'a code point that can only become invalid, at once', REFUSED_1007],
  ['8201 ff', 'binary is not checked', 'binary ff'],
]

/** Add a masking key to every frame of a row (whose frames are small or refused on their header). */
function masked(bytes: Uint8Array): Uint8Array {
  const out: number[] = []
  const key = [0x11, 0x22, 0x33, 0x44]
  for (let at = 0; at < bytes.length; ) {
    const short = bytes[at + 1]! & 0x7f
    const extra = short < 126 ? 0 : short === 126 ? 2 : 8
    const payload = at + 2 + extra
    const end = Math.min(bytes.length, payload + (short < 126 ? short : bytes.length))
    out.push(bytes[at]!, bytes[at + 1]! | 0x80, ...bytes.subarray(at + 2, payload), ...key)
    for (let i = payload; i < end; i++) out.push(bytes[i]! ^ key[(i - payload) & 3]!)
    at = end
  }
  return Uint8Array.from(out)
}

/** What the role makes of the bytes, with the transport ended afterwards so that the end is told. */
function verdict(role: 'client' | 'server', bytes: Uint8Array): string[] {
  const end = new Endpoint(role)
  end.receive(bytes)
  const over = end.connection.state === 'ending'
  if (over) end.connection.transportEnded()
  return end.log
}

function expectLog(log: readonly string[], wanted: readonly string[]): void {
  expect(log.map((line, i) => (wanted[i]?.startsWith('closed') ? line.slice(0, wanted[i].length) : line))).toEqual(
    wanted,
  )
}

describe.each(['client', 'server'] as const)('%s reads', (role) => {
  test.each(TABLE.map((row) => [row[0], row[1], row.slice(2)] as const))('%s (%s)', (wire, _name, wanted) => {
    const plain = hex(wire)
    expectLog(verdict(role, role === 'server' ? masked(plain) : plain), wanted)
  })
})

describe('masks, section 5.1', () => {
  test('a server refuses an unmasked frame', () => {
    expectLog(verdict('server', hex('8100')), ['closed 1002 client frames must be masked'])
  })

  test('a client refuses a masked frame', () => {
    expectLog(verdict('client', hex('8180 00000000')), ['closed 1002 server frames must not be masked'])
  })

  test('the mask is judged after the opcode and before the fragments', () => {
    expectLog(verdict('server', hex('8300')), ['closed 1002 reserved opcode'])
    expectLog(verdict('server', hex('8000')), ['closed 1002 client frames must be masked'])
  })

  test('the masked text of section 5.7', () => {
    expect(verdict('server', hex('8185 37fa213d 7f9f4d5158'))).toEqual(['text "Hello"'])
  })

  test('a key of zeros is a key', () => {
    expect(verdict('server', hex('8181 00000000 41'))).toEqual(['text "A"'])
  })
})

/** What is sent, and its bytes. The harness masks with 01020304. */
const SENT: readonly (readonly [name: string, send: (end: Endpoint) => unknown, server: string, client: string])[] = [
  ['empty text', (end) => end.connection.sendText(''), '8100', '8180 01020304'],
  ['text', (end) => end.connection.sendText('Hello'), '8105 48656c6c6f', '8185 01020304 49676f686e'],
  ['text beyond ASCII', (end) => end.connection.sendText('é😀'), '8106 c3a9f09f9880', '8186 01020304 c2abf39b9982'],
  ['a lone surrogate', (end) => end.connection.sendText('\ud800'), '8103 efbfbd', '8183 01020304 eebdbe'],
  ['binary', (end) => end.connection.send(hex('ff00ff')), '8203 ff00ff', '8283 01020304 fe02fc'],
  ['a range', (end) => end.connection.send(hex('01020304'), 1, 3), '8202 0203', '8282 01020304 0301'],
  ['bytes as text', (end) => end.connection.send(hex('41'), 0, 1, true), '8101 41', '8181 01020304 40'],
  ['ping', (end) => end.connection.ping(hex('07')), '8901 07', '8981 01020304 06'],
  ['close', (end) => end.connection.close(1000, 'ok'), '8804 03e86f6b', '8884 01020304 02ea6c6f'],
  ['close without a code', (end) => end.connection.close(), '8800', '8880 01020304'],
]

describe.each(['server', 'client'] as const)('%s writes', (role) => {
  test.each(SENT)('%s', (_name, send, server, client) => {
    const end = new Endpoint(role)
    send(end)
    expect(end.outputHex()).toBe(toHex(hex(role === 'server' ? server : client)))
  })

  test.each([
    [125, '827d'],
    [126, '827e007e'],
    [65535, '827effff'],
    [65536, '827f0000000000010000'],
  ])('%i bytes with the shortest length', (size, head) => {
    const end = new Endpoint(role)
    end.connection.send(new Uint8Array(size))
    const out = end.output()
    const bytes = hex(head)
    if (role === 'client') bytes[1]! |= 0x80
    expect(toHex(out.subarray(0, bytes.length))).toBe(toHex(bytes))
    expect(out.length).toBe(bytes.length + (role === 'client' ? 4 : 0) + size)
  })

  // The header's room is guessed from the number of characters; around these lengths the guess is wrong.
  test.each([41, 42, 62, 63, 124, 125, 126, 21_844, 21_845, 32_767, 32_768, 65_535, 65_536])(
    'text of %i characters of two bytes',
    (units) => {
      const end = new Endpoint(role)
      const text = 'é'.repeat(units)
      end.connection.sendText(text)
      const reader = new Endpoint(role === 'client' ? 'server' : 'client').receive(end.output())
      expect(reader.log).toEqual([`text ${JSON.stringify(text)}`])
    },
  )
})
