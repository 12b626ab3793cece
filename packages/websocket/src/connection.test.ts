import { describe, expect, test } from 'vitest'
import { MisuseError } from './errors.ts'
import { Endpoint, Pair } from './testing/harness.ts'
import { ascii, frame, hex, toHex } from './testing/wire.ts'

const KEY = 0x11223344

/** A frame as the peer of this role would send it. */
function toRole(role: 'client' | 'server', opcode: number, payload: Uint8Array, options = {}): Uint8Array {
  return frame(opcode, payload, { key: role === 'server' ? KEY : undefined, ...options })
}

describe.each(['client', 'server'] as const)('%s, closing', (role) => {
  test('answers a close with its code, once, and reads nothing more', () => {
    const end = new Endpoint(role)
    end.receive(toRole(role, 8, hex('03e9')), toRole(role, 1, ascii('late')))
    expect(toHex(end.output())).toBe(role === 'server' ? '880203e9' : '888201020304' + '02eb')
    expect(end.log).toEqual(['closing 1001'])
    expect(end.outputHex()).toBe('')
  })

  test('answers a close without a code with one without a code', () => {
    const end = new Endpoint(role)
    end.receive(toRole(role, 8, hex('')))
    expect(toHex(end.output())).toBe(role === 'server' ? '8800' : '888001020304')
  })

  test('still delivers what arrives after it started to close', () => {
    const end = new Endpoint(role)
    end.connection.close(1000)
    end.receive(toRole(role, 1, ascii('one')), toRole(role, 1, ascii('two')), toRole(role, 8, hex('03e8')))
    end.connection.transportEnded()
    expect(end.log).toEqual(['text "one"', 'text "two"', 'closing 1000', 'closed 1000  clean'])
  })

  test('refuses to send once closing, and keeps the first code', () => {
    const end = new Endpoint(role)
    end.connection.close(4001, 'first')
    end.output()
    end.connection.close(4002, 'second')
    expect(end.connection.sendText('x')).toBe('refused')
    expect(end.connection.send(hex('00'))).toBe('refused')
    expect(end.connection.ping()).toBe('refused')
    expect(end.outputHex()).toBe('')
  })

  test('answers no ping after its close frame', () => {
    const end = new Endpoint(role)
    end.connection.close()
    end.output()
    end.receive(toRole(role, 9, hex('01')))
    expect(end.log).toEqual(['ping 01'])
    expect(end.outputHex()).toBe('')
  })

  test('gives up on a peer that never answers its close', () => {
    const end = new Endpoint(role, { limits: { closeTimeoutMs: 500 } })
    end.connection.close(1000)
    expect(end.connection.nextDeadline()).toBe(500)
    end.runOut()
    expect(end.log).toEqual(['closed 1006 the peer did not answer our close in time unclean'])
    expect(end.connection.transport).toBe('destroy')
  })

  test('gives up on a transport that does not end after both close frames', () => {
    const end = new Endpoint(role, { limits: { lingerMs: 300 } })
    end.receive(toRole(role, 8, hex('03e8')))
    end.output()
    expect(end.connection.nextDeadline()).toBe(300)
    end.runOut()
    expect(end.log).toEqual(['closing 1000', 'closed 1000  clean'])
    expect(end.connection.transport).toBe('destroy')
  })

  test('reports 1006 when the transport ends without a close frame, exactly once', () => {
    const end = new Endpoint(role)
    end.connection.transportEnded('read ECONNRESET')
    end.connection.transportEnded('again')
    expect(end.log).toEqual(['closed 1006 read ECONNRESET unclean'])
  })

  test('says why it fails and then wants the transport ended, whatever its role', () => {
    const end = new Endpoint(role)
    end.receive(toRole(role, 3, hex('')))
    expect(end.connection.transport).toBe('end')
    const out = new Endpoint(role === 'client' ? 'server' : 'client').receive(end.output())
    expect(out.log).toEqual(['closing 1002 reserved opcode'])
  })

  test('sends no second close frame when the peer breaks a rule while closing', () => {
    const end = new Endpoint(role)
    end.connection.close(1000)
    end.output()
    end.receive(toRole(role, 3, hex('')))
    expect(end.outputHex()).toBe('')
    end.connection.transportEnded()
    expect(end.log).toEqual(['closed 1002 reserved opcode unclean'])
  })
})

describe('who ends the transport', () => {
  test('the server first, the client waits for it', () => {
    const pair = new Pair()
    pair.client.connection.close(1000)
    pair.server.receive(pair.client.output())
    expect(pair.server.connection.transport).toBe('end')
    pair.client.receive(pair.server.output())
    expect(pair.client.connection.transport).toBe('keep')
    expect(pair.client.connection.state).toBe('ending')
  })

  test('both sides closing at the same moment end cleanly, each with the other one’s code', () => {
    const pair = new Pair()
    pair.client.connection.close(4001, 'c')
    pair.server.connection.close(4002, 's')
    pair.settle()
    expect(pair.client.log).toEqual(['closing 4002 s', 'closed 4002 s clean'])
    expect(pair.server.log).toEqual(['closing 4001 c', 'closed 4001 c clean'])
  })
})

describe('pings', () => {
  test('are answered in order with their payloads', () => {
    const end = new Endpoint('client')
    end.receive(frame(9, hex('01')), frame(9, hex('02')))
    const reader = new Endpoint('server').receive(end.output())
    expect(reader.log).toEqual(['pong 01', 'pong 02'])
  })

  test('of a flood only the first few and the latest are answered, ten in a second', () => {
    const end = new Endpoint('server')
    for (let i = 0; i < 10_000; i++) end.receive(frame(9, Uint8Array.of(i >> 8, i & 255), { key: KEY }))
    expect(end.connection.pendingBytes).toBe(17 * 4)
    const reader = new Endpoint('client').receive(end.output())
    expect(reader.log.length).toBe(16)
    expect(end.connection.nextDeadline()).toBe(100)
    reader.receive(end.runOut().output())
    expect(reader.log.length).toBe(17)
    expect(reader.log.at(-1)).toBe('pong 270f')
  })

  test('a peer that reads its pongs and goes on gets ten in a second, and every ping alone is answered', () => {
    const end = new Endpoint('server')
    const reader = new Endpoint('client')
    for (let ms = 0; ms < 2000; ms++) {
      end.clock.now = ms
      end.receive(frame(9, Uint8Array.of(ms >> 8, ms & 255), { key: KEY }))
      if (end.connection.nextDeadline() <= ms) end.connection.onTimer(ms)
      reader.receive(end.output())
    }
    expect(reader.log.length).toBeGreaterThan(30)
    expect(reader.log.length).toBeLessThan(40)
  })

  test('the pong that is owed goes before the close frame', () => {
    const end = new Endpoint('server')
    for (let i = 0; i < 20; i++) end.receive(frame(9, Uint8Array.of(i), { key: KEY }))
    end.connection.close(1000)
    const reader = new Endpoint('client').receive(end.output())
    expect(reader.log.slice(-2)).toEqual(['pong 13', 'closing 1000'])
  })
})

describe('limits', () => {
  test('a message of exactly the limit passes, one byte more is 1009, also in fragments', () => {
    const limits = { messageBytes: 10, frameBytes: 10 }
    const fits = new Endpoint('client', { limits })
    fits.receive(frame(2, new Uint8Array(10)), frame(2, new Uint8Array(4), { fin: false }), frame(0, new Uint8Array(6)))
    expect(fits.log.length).toBe(2)
    const whole = new Endpoint('client', { limits }).receive(frame(2, new Uint8Array(11)))
    const parts = new Endpoint('client', { limits })
    parts.receive(frame(2, new Uint8Array(4), { fin: false }), frame(0, new Uint8Array(7)))
    for (const end of [whole, parts]) expect(toHex(end.output()).slice(12, 16)).toBe(toHex(hex('02f3')))
  })

  test('a frame above its limit is refused on its header', () => {
    const end = new Endpoint('client', { limits: { frameBytes: 100 } })
    end.receive(hex('827e 0065'))
    expect(end.connection.state).toBe('ending')
  })

  test('a control frame passes whatever the limits say of messages', () => {
    const end = new Endpoint('client', { limits: { messageBytes: 1, frameBytes: 1 } })
    end.receive(frame(9, new Uint8Array(125)))
    expect(end.connection.state).toBe('open')
  })

  test('a declared length allocates nothing', () => {
    const end = new Endpoint('client')
    end.receive(hex('827f 0000000001000000 00'))
    expect(end.connection.retainedBytes).toBeLessThanOrEqual(65_536)
  })

  test('131,000 fragments of one byte retain at most twice what arrived', () => {
    const end = new Endpoint('client')
    end.receive(frame(2, hex('00'), { fin: false }))
    const piece = frame(0, hex('00'), { fin: false })
    for (let i = 1; i < 131_000; i++) end.connection.receive(piece)
    expect(end.connection.retainedBytes).toBeLessThanOrEqual(262_144)
    end.receive(frame(0, hex('00')))
    expect(end.log[0]?.length).toBe('binary '.length + 2 * 131_001)
    expect(end.connection.retainedBytes).toBe(0)
  })

  test('an honest 4 MiB message in frames of 64 bytes passes', () => {
    let received = 0
    const events = { message: (_b: Uint8Array, s: number, e: number) => (received = e - s), closed: () => undefined }
    const end = new Endpoint('client', { events })
    const count = (4 * 1024 * 1024) / 64
    end.receive(frame(2, new Uint8Array(64), { fin: false }))
    const piece = frame(0, new Uint8Array(64), { fin: false })
    for (let i = 2; i < count; i++) end.connection.receive(piece)
    end.receive(frame(0, new Uint8Array(64)))
    expect(received).toBe(4 * 1024 * 1024)
  })

  test('a message that is not finished in time is 1008; one that is finished starts the time anew', () => {
    const end = new Endpoint('client', { limits: { messageTimeoutMs: 1000 } })
    end.receive(frame(1, ascii('a'), { fin: false }))
    expect(end.connection.nextDeadline()).toBe(1000)
    end.clock.now = 900
    end.receive(frame(0, ascii('b'))).receive(hex('8105 41'))
    expect(end.connection.nextDeadline()).toBe(1900)
    end.clock.now = 1200
    end.connection.onTimer(1200)
    expect(end.connection.state).toBe('open')
    end.runOut()
    end.connection.transportEnded()
    expect(end.log).toEqual(['text "ab"', 'closed 1008 message was not finished in time unclean'])
  })

  test('the time also starts anew when one chunk ends a message and begins the next', () => {
    const end = new Endpoint('client', { limits: { messageTimeoutMs: 1000 } })
    end.receive(hex('8103 41'))
    end.clock.now = 600
    end.receive(hex('4242 8103 41'))
    expect(end.connection.nextDeadline()).toBe(1600)
  })

  test.each([{ messageBytes: 0 }, { frameBytes: -1 }, { highWaterBytes: 1.5 }, { lingerMs: Number.NaN }])(
    '%o is no limit',
    (limits) => expect(() => new Endpoint('client', { limits })).toThrow(MisuseError),
  )
})
