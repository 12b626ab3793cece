import { Kind, kindNames, WirepactError } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { note, often, once, setup } from './testing/caller-harness.ts'

describe('when another session takes the place of one that stands', () => {
  it('calls in flight are settled where they are, and all others go to the new one', async () => {
    const { caller, make, open, settled } = setup()
    const first = open(1)
    make('a')
    make('b')
    const second = open()
    make('c')
    expect([first.calls, second.calls, caller.pending]).toEqual([['a'], ['b', 'c'], 3])
    second.answer(1, 'ok')
    first.answer(1, 'old')
    second.answer(2, 'ok')
    expect(await settled()).toEqual(['b: ok', 'a: old', 'c: ok'])
    expect(caller.pending).toBe(0)
  })

  it('each is cancelled where it is, and each deadline counts', async () => {
    const { make, moveTo, open, settled } = setup()
    const first = open()
    const given = new AbortController()
    make('given up', once, { signal: given.signal })
    make('slow', once, { timeoutMs: 300 })
    const second = open()
    make('new', once, { timeoutMs: 500 })
    given.abort()
    moveTo(400)
    expect(await settled()).toEqual(['given up: cancelled', 'slow: deadline-exceeded'])
    const cancelled = (line: typeof first) => line.sent.flatMap((each) => (each.kind === Kind.cancel ? [each.id] : []))
    expect([cancelled(first), cancelled(second)]).toEqual([[1, 2], []])
  })

  it('the end of the old one touches only what it carried, and what may be made again is, on the new one', async () => {
    const { caller, make, open, settled, timers } = setup()
    const first = open()
    make('once')
    make('often', often)
    const second = open()
    make('new')
    caller.lost(first.session.end(), 'its deadline passed')
    expect(second.calls).toEqual(['new', 'often'])
    for (const id of [1, 2]) second.answer(id, 'ok')
    expect(await settled()).toEqual(['once: connection-lost true', 'new: ok', 'often: ok'])
    caller.close(() => new WirepactError('unavailable', 'closed'))
    expect(timers.size).toBe(0)
  })
})

describe('a notification', () => {
  it('leaves at once, or waits for a session as a call does, and is not overtaken', async () => {
    const { caller, make, open, settled } = setup()
    caller.invoke(note, 1)
    make('a')
    caller.invoke(note, 2)
    const line = open()
    caller.invoke(note, 3)
    const kinds = line.sent.map((each) => (each.kind === Kind.notify ? each.input : kindNames[each.kind]))
    expect(kinds).toEqual([1, 'call', 2, 3])
    expect(caller.pending).toBe(1)
    line.answer(1, 'ok')
    expect(await settled()).toEqual(['a: ok'])
    expect(caller.pending).toBe(0)
  })

  it('that waits expires, is given up, and counts as waiting', async () => {
    const { caller, make, moveTo, open, settled } = setup({ timeoutMs: 1_000, maxQueued: 2 })
    const given = new AbortController()
    make('a', note, { signal: given.signal })
    make('b', note)
    make('c', note)
    given.abort()
    moveTo(1_000)
    expect(await settled()).toEqual(['c: resource-exhausted', 'a: cancelled', 'b: deadline-exceeded'])
    expect([caller.pending, open().sent]).toEqual([0, []])
  })

  it('waits for room in the window rather than to fill it without end', async () => {
    const { make, open, settled } = setup()
    const line = open(100, 2)
    for (const input of [1, 2, 3, 4]) make(input, note)
    const notes = () => line.sent.filter(({ kind }) => kind === Kind.notify).length
    expect([await settled(), notes()]).toEqual([['1: undefined', '2: undefined'], 2])
    line.session.receive({ kind: Kind.ack, count: 2 }, 1)
    expect([(await settled()).length, notes()]).toEqual([4, 4])
  })
})
