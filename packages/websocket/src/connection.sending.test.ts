import { describe, expect, test } from 'vitest'
import { Connection } from './connection.ts'
import { MisuseError } from './errors.ts'
import { prepareFrame } from './sender.ts'
import { Endpoint } from './testing/harness.ts'
import { ascii, frame, hex, toHex } from './testing/wire.ts'

const KEY = 0x11223344

/** A frame as the peer of this role would send it. */
function _toRole(role: 'client' | 'server', opcode: number, payload: Uint8Array, options = {}): Uint8Array {
  return frame(opcode, payload, { key: role === 'server' ? KEY : undefined, ...options })
}

describe('back-pressure', () => {
  const limits = { highWaterBytes: 100, bufferBytes: 200 }

  test('ok below the high water, full from there on, refused at the hard limit', () => {
    const end = new Endpoint('server', { limits })
    expect(end.connection.send(new Uint8Array(50))).toBe('ok')
    expect(end.connection.send(new Uint8Array(50))).toBe('full')
    expect(end.connection.send(new Uint8Array(80))).toBe('full')
    expect(end.connection.send(new Uint8Array(50))).toBe('refused')
    expect(new Endpoint('client').receive(end.output()).log.length).toBe(3)
  })

  test('an empty queue takes a message of any size', () => {
    expect(new Endpoint('server', { limits }).connection.send(new Uint8Array(5000))).toBe('full')
  })

  test('a pong and a close frame always fit', () => {
    const end = new Endpoint('server', { limits })
    end.connection.send(new Uint8Array(5000))
    end.receive(frame(9, hex('01'), { key: KEY }))
    end.connection.close(1000)
    expect(new Endpoint('client').receive(end.output()).log.slice(1)).toEqual(['pong 01', 'closing 1000'])
  })

  test('drain comes once the transport has sent half of the high water', () => {
    const end = new Endpoint('server', { limits })
    end.connection.send(new Uint8Array(150))
    end.output()
    end.connection.noteBacklog(152)
    end.connection.noteBacklog(60)
    expect(end.log).toEqual([])
    end.connection.noteBacklog(50)
    end.connection.noteBacklog(0)
    expect(end.log).toEqual(['drain'])
  })

  test('what the transport holds counts', () => {
    const end = new Endpoint('server', { limits })
    end.connection.noteBacklog(190)
    expect(end.connection.send(new Uint8Array(5))).toBe('full')
    expect(end.connection.send(new Uint8Array(50))).toBe('refused')
    expect(end.connection.bufferedBytes).toBe(197)
  })
})

describe('output', () => {
  test('many small frames leave as one chunk once the buffer has learnt the size of a burst', () => {
    const end = new Endpoint('server')
    const chunks: number[] = []
    for (let burst = 0; burst < 8; burst++) {
      for (let i = 0; i < 100; i++) end.connection.send(hex('00010203'))
      let count = 0
      while (end.connection.takeOutput() !== undefined) count++
      chunks.push(count)
    }
    expect(chunks.at(-1)).toBe(1)
  })

  test('a chunk that was taken is never written to again', () => {
    const end = new Endpoint('server')
    end.connection.sendText('one')
    const first = end.connection.takeOutput()!
    end.connection.sendText('two')
    end.connection.takeOutput()
    expect(toHex(first)).toBe(toHex(hex('81036f6e65')))
  })

  test('a server sends large bytes that were given away without copying them', () => {
    const end = new Endpoint('server')
    const large = new Uint8Array(20_000).fill(7)
    end.connection.send(large, 0, large.length, false, true)
    expect(toHex(end.connection.takeOutput()!)).toBe('827e4e20')
    expect(end.connection.takeOutput()).toBe(large)
  })

  test('borrowed bytes are copied at once', () => {
    const end = new Endpoint('server')
    const large = new Uint8Array(20_000).fill(7)
    end.connection.send(large)
    large.fill(0)
    expect(
      end
        .output()
        .subarray(4)
        .every((byte) => byte === 7),
    ).toBe(true)
  })

  test('a client never changes the bytes it is given', () => {
    const end = new Endpoint('client')
    const given = new Uint8Array(20_000).fill(7)
    end.connection.send(given, 0, given.length, false, true)
    end.output()
    expect(given.every((byte) => byte === 7)).toBe(true)
  })

  test('a prepared frame is the same for every client and cannot be sent by one', () => {
    const prepared = prepareFrame(ascii('xhix'), 1, 3, true)
    for (const end of [new Endpoint('server'), new Endpoint('server')]) {
      expect(end.connection.sendPrepared(prepared)).toBe('ok')
      expect(end.outputHex()).toBe('81026869')
    }
    expect(() => new Endpoint('client').connection.sendPrepared(prepared)).toThrow(MisuseError)
  })
})

describe('misuse throws at once', () => {
  test('a client without keys', () => {
    const events = { message: () => undefined, closed: () => undefined }
    expect(() => new Connection({ role: 'client', events, now: () => 0 })).toThrow(MisuseError)
  })

  test('a range outside of the bytes', () => {
    const { connection } = new Endpoint('server')
    expect(() => connection.send(new Uint8Array(4), 0, 5)).toThrow(MisuseError)
    expect(() => connection.send(new Uint8Array(4), 3, 2)).toThrow(MisuseError)
    expect(() => connection.send(new Uint8Array(4), Number.NaN, 2)).toThrow(MisuseError)
  })

  test('a ping of 126 bytes, a close code that must not be sent', () => {
    const { connection } = new Endpoint('server')
    expect(() => connection.ping(new Uint8Array(126))).toThrow(MisuseError)
    expect(() => connection.close(1006)).toThrow(MisuseError)
    expect(connection.state).toBe('open')
  })
})

describe('handlers', () => {
  test('one that throws ends the connection with 1011, and its error comes out of receive', () => {
    const failing = () => {
      throw new Error('mine')
    }
    const end = new Endpoint('server', { events: { message: failing, closed: () => undefined } })
    expect(() => end.receive(frame(1, ascii('x'), { key: KEY }))).toThrow('mine')
    expect(new Endpoint('client').receive(end.output()).log).toEqual(['closing 1011 internal error'])
  })

  test('one that ends the transport gets nothing more of the chunk', () => {
    const seen: number[] = []
    const end: Endpoint = new Endpoint('client', {
      events: {
        message(bytes, start) {
          seen.push(bytes[start]!)
          end.connection.transportEnded()
        },
        closed: () => seen.push(-1),
      },
    })
    end.receive(hex('820101 820102'))
    expect(seen).toEqual([1, -1])
  })

  test('one that answers from inside is heard', () => {
    const end: Endpoint = new Endpoint('client', {
      events: { message: (b, s, e, t) => void end.connection.send(b, s, e, t), closed: () => undefined },
    })
    end.receive(hex('810141 820102'))
    expect(new Endpoint('server').receive(end.output()).log).toEqual(['text "A"', 'binary 02'])
  })
})
