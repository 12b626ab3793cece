/** What may overtake a message that an extension works on, and what may not. The extension answers when the test says. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VIOLATIONS } from './errors.ts'
import { type Applied, type ApplyDone, type Extension, LATER, type UndoDone, type Undone } from './extension.ts'
import { Endpoint } from './testing/harness.ts'
import { ascii, concat, frame } from './testing/wire.ts'

/** Adds a byte to messages that begin with "later", and takes it away again, when told. */
class Slow implements Extension {
  readonly bit = 0x40
  readonly fromBytes = 1
  readonly laterFromBytes = 5
  closed = false
  #applying: (() => void) | undefined
  #undoing: (() => void) | undefined

  apply(bytes: Uint8Array, start: number, end: number, _isText: boolean, done: ApplyDone): Applied | typeof LATER {
    if (end - start < this.laterFromBytes) return undefined
    if (this.#applying !== undefined) throw new Error('asked for two at a time')
    // Looks at the bytes only when it answers, as a thread would.
    this.#applying = () => done(concat(bytes.slice(start, end), ascii('!')))
    return LATER
  }

  undo(bytes: Uint8Array, start: number, end: number, _limit: number, done: UndoDone): Undone | typeof LATER {
    if (this.#undoing !== undefined) throw new Error('asked for two at a time')
    this.#undoing = () => done(bytes[end - 1] === 0x21 ? bytes.slice(start, end - 1) : VIOLATIONS.compressed)
    return LATER
  }

  close(): void {
    this.closed = true
  }

  /** Give the answer that is owed. */
  answer(): boolean {
    const [applying, undoing] = [this.#applying, this.#undoing]
    this.#applying = undefined
    this.#undoing = undefined
    applying?.()
    undoing?.()
    return applying !== undefined || undoing !== undefined
  }
}

function slowEndpoint(role: 'client' | 'server' = 'server') {
  const extension = new Slow()
  return { extension, end: new Endpoint(role, { extension }) }
}

const plain = (text: string) => frame(1, ascii(text))
const marked = (text: string) => frame(1, ascii(`${text}!`), { rsv: 0x40 })
const goodbye = frame(8, Uint8Array.of(3, 232))

describe('while a message is worked on', () => {
  test('later messages and the close wait, pings and pongs do not', () => {
    const { end, extension } = slowEndpoint()
    end.connection.sendText('later')
    end.connection.sendText('b')
    end.connection.ping(ascii('?'))
    end.receive(frame(9, ascii('x'), { key: 1 }))
    end.connection.sendText('later too')
    end.connection.close(1000)
    expect(end.output()).toEqual(concat(frame(9, ascii('?')), frame(10, ascii('x'))))
    extension.answer()
    expect(end.output()).toEqual(concat(marked('later'), plain('b')))
    extension.answer()
    expect(end.output()).toEqual(concat(marked('later too'), goodbye))
  })

  test('its bytes may be written over by the caller', () => {
    const { end, extension } = slowEndpoint()
    const bytes = ascii('later')
    end.connection.send(bytes, 0, 5, true)
    bytes.fill(0)
    extension.answer()
    expect(end.output()).toEqual(marked('later'))
  })

  test('it counts as buffered, and a full queue drains when it is gone', () => {
    const extension = new Slow()
    const end = new Endpoint('server', { extension, limits: { highWaterBytes: 10, bufferBytes: 30 } })
    expect(end.connection.send(new Uint8Array(20))).toBe('full')
    expect(end.connection.bufferedBytes).toBe(20)
    expect(end.connection.send(new Uint8Array(20))).toBe('refused')
    extension.answer()
    end.output()
    end.connection.noteBacklog(0)
    expect([end.connection.bufferedBytes, end.log]).toEqual([0, ['drain']])
  })

  test('the transport is kept until our close frame is out', () => {
    const { end, extension } = slowEndpoint()
    end.connection.sendText('later')
    end.receive(frame(8, Uint8Array.of(3, 232), { key: 1 }))
    expect([end.connection.state, end.connection.transport]).toEqual(['ending', 'keep'])
    extension.answer()
    expect(end.output()).toEqual(concat(marked('later'), goodbye))
    expect(end.connection.transport).toBe('end')
  })

  test('a violation drops what waits, and says so at once', () => {
    const { end, extension } = slowEndpoint()
    end.connection.sendText('later')
    end.receive(Uint8Array.of(0x83, 0x80, 0, 0, 0, 0))
    expect(end.output().subarray(0, 4)).toEqual(Uint8Array.of(0x88, 2 + 'reserved opcode'.length, 3, 234))
    extension.answer()
    expect(end.output()).toEqual(new Uint8Array(0))
  })

  test('an answer after the end of the connection goes nowhere', () => {
    const { end, extension } = slowEndpoint()
    end.connection.sendText('later')
    end.receive(frame(1, ascii('in!'), { rsv: 0x40, key: 1 }))
    end.connection.transportEnded('gone')
    expect(extension.closed).toBe(true)
    extension.answer()
    expect(end.log).toEqual(['closed 1006 gone unclean'])
    expect([end.output().length, end.connection.bufferedBytes, end.connection.retainedBytes]).toEqual([0, 0, 0])
  })
})

describe('while a message is undone', () => {
  test('what follows it waits, in its order', () => {
    const { end, extension } = slowEndpoint('client')
    end.receive(concat(marked('one'), frame(9, ascii('x')), plain('two')), marked('three'), goodbye)
    expect(end.connection.wantsInput).toBe(false)
    expect(end.connection.retainedBytes).toBeGreaterThanOrEqual('one!'.length + 'three!'.length)
    expect(end.log).toEqual([])
    extension.answer()
    expect(end.log).toEqual(['text "one"', 'ping 78', 'text "two"'])
    extension.answer()
    expect(end.log.slice(3)).toEqual(['text "three"', 'closing 1000'])
    expect(end.connection.wantsInput).toBe(true)
  })

  test('a violation in it ends the connection, and nothing behind it is read', () => {
    const { end, extension } = slowEndpoint('client')
    end.receive(frame(1, ascii('bad'), { rsv: 0x40 }), plain('behind'))
    extension.answer()
    end.connection.transportEnded()
    expect(end.log).toEqual([`closed 1007 ${VIOLATIONS.compressed.reason} unclean`])
  })

  test('the time for a message does not run', () => {
    const { end } = slowEndpoint('client')
    end.receive(frame(1, ascii('ab'), { rsv: 0x40, fin: false }))
    expect(end.connection.nextDeadline()).toBeLessThan(Number.POSITIVE_INFINITY)
    end.receive(frame(0, ascii('c!')))
    expect(end.connection.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
  })
})

test('whenever the extension answers, messages arrive in the order they were sent', () => {
  const step = fc.oneof(
    fc.constantFrom('a', 'b', 'later 1', 'later 2').map((text) => ({ text })),
    fc.constantFrom('sender', 'receiver', 'carry').map((move) => ({ move })),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const from = slowEndpoint('server')
      const to = slowEndpoint('client')
      const sent: string[] = []
      const carry = () => to.end.receive(from.end.output())
      for (const each of steps) {
        if ('text' in each) {
          sent.push(`text ${JSON.stringify(each.text)}`)
          from.end.connection.sendText(each.text)
        } else if (each.move === 'carry') carry()
        else if (each.move === 'sender') from.extension.answer()
        else to.extension.answer()
      }
      carry()
      while (from.extension.answer() || to.extension.answer()) carry()
      expect(to.end.log).toEqual(sent)
    }),
  )
})
