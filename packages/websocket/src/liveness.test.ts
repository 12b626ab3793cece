import { describe, expect, test } from 'vitest'
import { MisuseError } from './errors.ts'
import { Endpoint } from './testing/harness.ts'
import { ascii, frame, hex } from './testing/wire.ts'

const liveness = { pingAfterMs: 1000, pongWithinMs: 300 }
const GONE = 'closed 1006 the peer was not heard of after a ping unclean'

/** Run the timer that is due; the transport takes all output and has sent it but for this much. */
function step(end: Endpoint, backlog = 0): string {
  end.runOut()
  const output = end.outputHex()
  end.connection.noteBacklog(backlog)
  return output
}

describe('a peer that is silent', () => {
  test('is pinged after the silence, and given up when it stays silent after the ping has left', () => {
    const end = new Endpoint('server', { liveness })
    expect(end.connection.nextDeadline()).toBe(1000)
    expect(step(end)).toBe('8900')
    expect(end.connection.nextDeadline()).toBe(1300)
    end.runOut()
    expect(end.log).toEqual([GONE])
    expect(end.connection.transport).toBe('destroy')
  })

  test.each([
    ['a pong', frame(10, hex(''), {})],
    ['the first byte of a large message', hex('82')],
    ['a ping of its own', frame(9, hex(''), {})],
  ])('is alive again after %s', (_, bytes) => {
    const end = new Endpoint('client', { liveness })
    step(end)
    end.clock.now = 1299
    end.receive(bytes)
    expect(end.connection.nextDeadline()).toBe(2299)
    expect(end.connection.state).toBe('open')
  })

  test('has its full time from when the ping left, however long it waited behind what was sent before', () => {
    const end = new Endpoint('server', { liveness })
    end.connection.send(new Uint8Array(100_000))
    end.output()
    end.connection.noteBacklog(100_000)
    step(end, 100_000)
    // The transport is slow, but it moves.
    for (let left = 90_000; left >= 0; left -= 10_000) {
      end.clock.now += 250
      end.connection.noteBacklog(left)
      end.connection.onTimer(end.clock.now)
      expect(end.connection.state).toBe('open')
    }
    const leftAt = end.clock.now
    expect(end.connection.nextDeadline()).toBe(leftAt + 300)
    end.runOut()
    expect(end.log).toEqual([GONE])
  })

  test('is given up when the ping cannot even leave: it neither reads nor speaks', () => {
    const end = new Endpoint('server', { liveness })
    end.connection.send(new Uint8Array(100_000))
    end.output()
    end.connection.noteBacklog(100_000)
    step(end, 100_002)
    expect(end.connection.nextDeadline()).toBe(1300)
    end.runOut()
    expect(end.log).toEqual([GONE])
  })

  test('is not given up because we do not read', () => {
    const end = new Endpoint('server', { liveness })
    step(end)
    end.connection.noteReading(false)
    expect(end.connection.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
    end.clock.now = 60_000
    end.connection.noteReading(true)
    expect(end.connection.nextDeadline()).toBe(61_000)
  })

  test('is not pinged while it speaks, nor after a close was started', () => {
    const end = new Endpoint('client', { liveness })
    for (let i = 0; i < 10; i++) {
      end.clock.now += 900
      end.receive(frame(1, ascii('x')))
      end.connection.onTimer(end.clock.now)
    }
    expect(end.outputHex()).toBe('')
    end.connection.close(1000)
    expect(end.connection.nextDeadline()).toBe(end.clock.now + 10_000)
  })

  test('is pinged even when the queue is at its hard limit', () => {
    const end = new Endpoint('server', { liveness, limits: { bufferBytes: 10, highWaterBytes: 5 } })
    end.connection.send(new Uint8Array(500))
    end.output()
    end.connection.noteBacklog(500)
    expect(end.connection.ping()).toBe('refused')
    expect(step(end)).toBe('8900')
  })
})

test.each([{ pingAfterMs: 0 }, { pongWithinMs: -1 }, { pingAfterMs: Number.NaN }])('%o is no time', (wrong) => {
  expect(() => new Endpoint('server', { liveness: wrong })).toThrow(MisuseError)
})
