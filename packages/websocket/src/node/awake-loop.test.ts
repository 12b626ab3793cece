import { expect, it } from 'vitest'
import { MisuseError } from '../errors.ts'
import { AwakeLoop, checkLowLatency, type LoopTurns } from './awake-loop.ts'

/** An event loop by hand: `turn` is one turn, which sleeps unless something was scheduled. */
class Turns implements LoopTurns<() => void> {
  time = 0
  scheduled: (() => void) | undefined
  turns = 0

  now(): number {
    return this.time
  }

  next(callback: () => void): () => void {
    expect(this.scheduled, 'one turn is asked for at a time').toBeUndefined()
    this.scheduled = callback
    return callback
  }

  cancel(turn: () => void): void {
    expect(turn).toBe(this.scheduled)
    this.scheduled = undefined
  }

  /** Turns of 0.5 ms each until the loop may sleep. @returns how long it was awake, in ms */
  untilAsleep(): number {
    const from = this.time
    while (this.scheduled !== undefined) {
      const callback = this.scheduled
      this.scheduled = undefined
      this.time += 0.5
      callback()
      if (this.time - from > 10_000) throw new Error('it never sleeps again')
    }
    return this.time - from
  }
}

it('a connection that was quiet keeps nobody awake', () => {
  const turns = new Turns()
  const talker = new AwakeLoop(turns).join(5)
  for (let i = 0; i < 10; i++) {
    talker.heard()
    expect(turns.scheduled).toBeUndefined()
    turns.time += 5
  }
})

it('a busy one keeps the loop awake for its time after each chunk, and no longer', () => {
  const turns = new Turns()
  const talker = new AwakeLoop(turns).join(5)
  talker.heard()
  turns.time += 4
  talker.heard()
  expect(turns.untilAsleep()).toBe(5)
  expect(turns.scheduled).toBeUndefined()
})

it('every chunk prolongs it', () => {
  const turns = new Turns()
  const talker = new AwakeLoop(turns).join(5)
  for (let i = 0; i < 100; i++) {
    talker.heard()
    turns.time += 1
  }
  expect(turns.untilAsleep()).toBe(4)
})

it('of many connections each counts for itself: heartbeats of a thousand do not add up to traffic', () => {
  const turns = new Turns()
  const loop = new AwakeLoop(turns)
  const talkers = Array.from({ length: 1_000 }, () => loop.join(5))
  for (let round = 0; round < 2; round++) {
    for (const talker of talkers) {
      turns.time += 0.1
      talker.heard()
      expect(turns.scheduled).toBeUndefined()
    }
  }
})

it('the loop may sleep at once when the last connection has gone, and not before', () => {
  const turns = new Turns()
  const loop = new AwakeLoop(turns)
  const [one, other] = [loop.join(1_000), loop.join(1_000)]
  one.heard()
  one.heard()
  one.leave()
  one.leave()
  expect(turns.scheduled).toBeDefined()
  other.leave()
  expect(turns.scheduled).toBeUndefined()
  // What still comes of a connection that is over.
  other.heard()
  other.heard()
  expect(turns.scheduled).toBeUndefined()
  // Who comes next has a time of its own.
  const next = loop.join(5)
  next.heard()
  next.heard()
  expect(turns.untilAsleep()).toBe(5)
})

it('a time that is no time is misuse, said at once', () => {
  for (const wrong of [-1, 1_001, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => checkLowLatency(wrong)).toThrow(MisuseError)
  }
  for (const right of [undefined, 0, 0.5, 1_000]) expect(() => checkLowLatency(right)).not.toThrow()
})
