import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MisuseError } from './errors.ts'
import { MemoryBudget } from './memory-budget.ts'
import { Endpoint } from './testing/harness.ts'
import { frame } from './testing/wire.ts'

const KEY = 0x11223344
const begun = (size: number) => frame(2, new Uint8Array(size), { fin: false, key: KEY })

/** What the peer is told when its connection is given up. */
function told(end: Endpoint): string[] {
  return new Endpoint('client').receive(end.output()).log
}

describe('memory that connections share', () => {
  test('counts messages begun and output waiting, and is given back', () => {
    const budget = new MemoryBudget(1_000_000)
    const end = new Endpoint('server', { budget })
    end.receive(begun(1000))
    const retained = end.connection.retainedBytes
    expect(budget.usedBytes).toBe(retained)
    end.connection.send(new Uint8Array(500))
    expect(budget.usedBytes).toBe(retained + 504)
    end.output()
    end.connection.noteBacklog(0)
    expect(budget.usedBytes).toBe(retained)
    end.receive(frame(0, new Uint8Array(0), { key: KEY }))
    expect(budget.usedBytes).toBe(0)
    end.receive(begun(1000))
    end.connection.transportEnded()
    expect(budget.usedBytes).toBe(0)
  })

  test('used up, the connection that holds the most is closed with 1013 and the others go on', () => {
    const budget = new MemoryBudget(300_000)
    const honest = new Endpoint('server', { budget }).receive(begun(10_000))
    const greedy = new Endpoint('server', { budget })
    for (let i = 0; i < 10; i++)
      greedy.receive(i === 0 ? begun(50_000) : frame(0, new Uint8Array(50_000), { fin: false, key: KEY }))
    expect(told(greedy)).toEqual(['closing 1013 out of memory for messages, try again later'])
    expect(greedy.connection.retainedBytes).toBe(0)
    honest.receive(frame(0, new Uint8Array(10), { key: KEY }))
    expect(honest.log.length).toBe(1)
    expect(budget.usedBytes).toBeLessThan(1000)
  })

  test('a peer that does not read is ended when another connection needs the room', () => {
    const budget = new MemoryBudget(100_000)
    const slow = new Endpoint('server', { budget })
    slow.connection.send(new Uint8Array(90_000))
    slow.output()
    slow.connection.noteBacklog(90_000)
    const quick = new Endpoint('server', { budget })
    expect(quick.connection.send(new Uint8Array(20_000))).toBe('ok')
    expect(slow.log).toEqual(['closed 1013 out of memory for messages, try again later unclean'])
    expect(slow.connection.transport).toBe('destroy')
  })

  test('whoever holds the most itself is refused, and told when it may go on', () => {
    const end = new Endpoint('server', { budget: new MemoryBudget(100_000), limits: { highWaterBytes: 100_000 } })
    expect(end.connection.send(new Uint8Array(90_000))).toBe('ok')
    expect(end.connection.send(new Uint8Array(20_000))).toBe('refused')
    end.output()
    end.connection.noteBacklog(0)
    expect(end.log).toEqual(['drain'])
    expect(end.connection.send(new Uint8Array(20_000))).toBe('ok')
  })

  test('is never exceeded for long, whatever connections do, and is empty when they are gone', () => {
    const act = fc.record({
      who: fc.nat(4),
      what: fc.constantFrom('receive', 'send', 'take', 'end'),
      size: fc.nat(30_000),
    })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
        const budget = new MemoryBudget(200_000)
        const ends = Array.from({ length: 5 }, () => new Endpoint('server', { budget }))
        for (const { who, what, size } of acts) {
          const end = ends[who]!
          if (what === 'receive')
            end.receive(
              frame(end.connection.retainedBytes > 0 ? 0 : 2, new Uint8Array(size + 1), { fin: false, key: KEY }),
            )
          else if (what === 'send') end.connection.send(new Uint8Array(size))
          else if (what === 'take') end.connection.noteBacklog(end.output().length)
          else end.connection.transportEnded()
          expect(budget.usedBytes).toBeLessThanOrEqual(201_000)
        }
        for (const end of ends) end.connection.transportEnded()
        expect(budget.usedBytes).toBe(0)
      }),
    )
  })

  test.each([0, -1, Number.NaN])('%s bytes are no budget', (bytes) => {
    expect(() => new MemoryBudget(bytes)).toThrow(MisuseError)
  })
})
