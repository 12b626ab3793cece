import { describe, expect, test } from 'vitest'
import { Endpoint } from './testing/harness.ts'
import { frame, hex } from './testing/wire.ts'

const KEY = 0x11223344
const limits = { closeTimeoutMs: 500, lingerMs: 300 }

/** A server that has handed 1000 bytes to a transport that has sent none of them. */
function backedUp(): Endpoint {
  const end = new Endpoint('server', { limits })
  end.connection.send(new Uint8Array(1000))
  end.output()
  end.connection.noteBacklog(1004)
  return end
}

function handOver(end: Endpoint, backlog: number): void {
  end.output()
  end.connection.noteBacklog(backlog)
}

describe('a close frame behind a queue', () => {
  test('waits for a slow peer as long as something leaves, and from then on for its answer', () => {
    const end = backedUp()
    end.connection.close(1000)
    handOver(end, 1008)
    end.clock.now = 400
    end.connection.noteBacklog(600)
    expect(end.connection.nextDeadline()).toBe(900)
    end.clock.now = 800
    end.connection.noteBacklog(0)
    expect(end.connection.nextDeadline()).toBe(1300)
    end.runOut()
    expect(end.log).toEqual(['closed 1006 the peer did not answer our close in time unclean'])
  })

  test('asks to be told when the rest has left', () => {
    const end = backedUp()
    expect(end.connection.noteBacklog(900)).toBe(false)
    end.connection.close(1000)
    end.output()
    expect(end.connection.noteBacklog(904)).toBe(true)
    expect(end.connection.noteBacklog(0)).toBe(false)
  })

  test('is given up with a peer that takes nothing', () => {
    const end = backedUp()
    end.connection.close(1000)
    handOver(end, 1008)
    end.clock.now = 400
    end.connection.noteBacklog(1008)
    expect(end.connection.nextDeadline()).toBe(500)
    end.runOut()
    expect(end.connection.transport).toBe('destroy')
  })

  test('lingers only once it has left, when it answers the peer', () => {
    const end = backedUp()
    end.receive(frame(8, hex('03e8'), { key: KEY }))
    handOver(end, 1008)
    expect(end.connection.nextDeadline()).toBe(500)
    end.clock.now = 450
    end.connection.noteBacklog(4)
    expect(end.connection.nextDeadline()).toBe(950)
    end.clock.now = 500
    end.connection.noteBacklog(0)
    expect(end.connection.nextDeadline()).toBe(800)
    end.runOut()
    expect(end.log).toEqual(['closing 1000', 'closed 1000  clean'])
  })

  test('that says what the peer did wrong waits for nobody', () => {
    const end = backedUp()
    end.receive(frame(3, hex(''), { key: KEY }))
    handOver(end, 1008)
    end.clock.now = 200
    end.connection.noteBacklog(4)
    expect(end.connection.nextDeadline()).toBe(300)
  })
})
