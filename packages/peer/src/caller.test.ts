import { Kind, WirepactError } from '@wirepact/protocol'
import { describe, expect, it } from 'vitest'
import { often, once, setup } from './testing/caller-harness.ts'

describe('calls made before there is a session', () => {
  it('wait, and leave in order when there is', async () => {
    const { caller, make, open, settled } = setup()
    for (const input of ['a', 'b', 'c']) make(input)
    expect(caller.pending).toBe(3)
    const line = open()
    make('d')
    expect(line.calls).toEqual(['a', 'b', 'c', 'd'])
    for (const id of [1, 2, 3, 4]) line.answer(id, 'ok')
    expect(await settled()).toEqual(['a: ok', 'b: ok', 'c: ok', 'd: ok'])
    expect(caller.pending).toBe(0)
  })

  it('expire where they wait, and the others do not', async () => {
    const { caller, make, moveTo, open, settled } = setup()
    make('short', once, { timeoutMs: 100 })
    make('long', once, { timeoutMs: 1_000 })
    make('endless', once, { timeoutMs: 0 })
    moveTo(500)
    expect(await settled()).toEqual(['short: deadline-exceeded'])
    const line = open()
    // What is left of its time travels with it.
    expect(line.sent).toMatchObject([
      { input: 'long', timeoutMs: 500 },
      { input: 'endless', timeoutMs: 0 },
    ])
    moveTo(1_100)
    expect(await settled()).toEqual(['short: deadline-exceeded', 'long: deadline-exceeded'])
    expect(caller.pending).toBe(1)
  })

  it('are refused beyond the bound, when no session will come, and when they are cancelled', async () => {
    let gone: WirepactError<string> | undefined
    const { caller, make, open, settled } = setup({ maxQueued: 2, unavailable: () => gone })
    const controller = new AbortController()
    make('a', once, { signal: controller.signal })
    make('b')
    make('c')
    expect(await settled()).toEqual(['c: resource-exhausted'])
    controller.abort()
    make('d', once, { signal: controller.signal })
    expect(await settled()).toEqual(['c: resource-exhausted', 'a: cancelled', 'd: cancelled'])
    gone = new WirepactError('unavailable', 'closed')
    make('e')
    expect((await settled()).at(-1)).toBe('e: unavailable')
    expect([open().calls, caller.pending]).toEqual([['b'], 1])
  })
})

describe('calls in flight', () => {
  it('are as many as the other side takes; the rest follow as they settle', async () => {
    const { make, open, settled } = setup()
    const line = open(2)
    for (const input of ['a', 'b', 'c', 'd']) make(input)
    expect(line.calls).toEqual(['a', 'b'])
    line.answer(2, 'ok')
    expect(line.calls).toEqual(['a', 'b', 'c'])
    line.answer(1, 'ok')
    line.answer(3, 'ok')
    line.answer(4, 'ok')
    expect([...(await settled())].sort()).toEqual(['a: ok', 'b: ok', 'c: ok', 'd: ok'])
  })

  it('wait here while the window is full, and follow its acks', () => {
    const { make, open } = setup()
    const line = open(100, 2)
    for (const input of ['a', 'b', 'c', 'd', 'e']) make(input)
    expect(line.calls).toEqual(['a', 'b'])
    line.session.receive({ kind: Kind.ack, count: 2 }, 1)
    expect(line.calls).toEqual(['a', 'b', 'c', 'd'])
  })

  it('that cannot be sent fail alone, and leave nothing behind', async () => {
    const { caller, make, open, settled } = setup()
    const line = open()
    make('x'.repeat(20_000))
    make(() => 1)
    make('fine')
    line.answer(1, 'ok')
    expect((await settled()).map((outcome) => outcome.slice(-20))).toEqual([
      expect.stringContaining('message-too-large'),
      expect.stringContaining('invalid-input'),
      'fine: ok',
    ])
    expect(caller.pending).toBe(0)
  })

  it('are cancelled with the other side told, once', async () => {
    const { make, open, settled } = setup()
    const line = open()
    const controller = new AbortController()
    make('a', once, { signal: controller.signal })
    controller.abort()
    controller.abort()
    line.answer(1, 'late')
    expect(await settled()).toEqual(['a: cancelled'])
    expect(line.sent.filter(({ kind }) => kind === Kind.cancel)).toHaveLength(1)
  })
})

describe('when their session is lost', () => {
  it('calls that may have run say so, and those that do no harm are made again, before all others', async () => {
    const { caller, make, open, settled } = setup()
    const first = open(2)
    make('once')
    make('often', often)
    make('waits')
    caller.lost(first.session.end(), 'it broke')
    make('new')
    expect(await settled()).toEqual(['once: connection-lost true'])
    const second = open()
    expect(second.calls).toEqual(['often', 'waits', 'new'])
    for (const id of [1, 2, 3]) second.answer(id, 'ok')
    expect((await settled()).slice(1)).toEqual(['often: ok', 'waits: ok', 'new: ok'])
    expect(caller.pending).toBe(0)
  })

  it('calls that never left are made again, and keep their deadline', async () => {
    const { caller, make, moveTo, open, settled } = setup()
    const first = open()
    first.session.detach()
    make('a', once, { timeoutMs: 1_000 })
    moveTo(400)
    caller.lost(first.session.end(), 'it broke')
    expect(open().sent).toMatchObject([{ input: 'a', timeoutMs: 600 }])
    moveTo(1_100)
    expect(await settled()).toEqual(['a: deadline-exceeded'])
  })

  it('by the very call that overfills its window, that call is made again with the others', async () => {
    const { caller, make, open, settled } = setup()
    const first = open(100, 3)
    first.session.detach()
    for (const input of ['a', 'b', 'c', 'd']) make(input)
    expect([first.session.phase, caller.pending]).toEqual(['ended', 4])
    const second = open()
    expect(second.calls).toEqual(['a', 'b', 'c', 'd'])
    for (const id of [1, 2, 3, 4]) second.answer(id, 'ok')
    expect(await settled()).toEqual(['a: ok', 'b: ok', 'c: ok', 'd: ok'])
    expect(caller.pending).toBe(0)
  })

  it('for good, everything that waits is told, and no timer is left', async () => {
    const { caller, make, open, settled, timers } = setup()
    const line = open(1)
    make('a')
    make('b')
    caller.lost(line.session.end(), 'it broke')
    caller.close(() => new WirepactError('unavailable', 'closed'))
    expect(await settled()).toEqual(['a: connection-lost true', 'b: unavailable'])
    expect([caller.pending, timers.size]).toEqual([0, 0])
  })
})
