import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chance, type LoopClock, openLoop, poisson } from './open-loop.ts'

/** A clock that stands still until somebody waits for the next turn; then it goes on by so many ms. */
function turning(stepMs: number) {
  const state = { now: 1_000 }
  const clock: LoopClock = {
    now: () => state.now,
    nextTurn(then) {
      state.now += stepMs
      setImmediate(then)
    },
  }
  return { state, clock }
}

describe('a schedule', () => {
  it('is the same for the same seed, and another one for another', () => {
    const due = (seed: number) => [...poisson(1_000, 100, chance(seed))]
    expect(due(9)).toEqual(due(9))
    expect(due(9)).not.toEqual(due(10))
  })

  it('grows, stays within its time, and has as many calls as its rate says', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const due = poisson(2_000, 1_000, chance(seed))
        expect([...due]).toEqual([...due].sort((a, b) => a - b))
        expect(due[0]).toBeGreaterThanOrEqual(0)
        expect(due.at(-1)).toBeLessThan(1_000)
        // Six standard deviations of a Poisson distribution: one seed in five hundred million.
        expect(Math.abs(due.length - 2_000)).toBeLessThan(6 * Math.sqrt(2_000))
      }),
      { numRuns: 50 },
    )
  })

  it('has times between its calls as far from each other as chance makes them', () => {
    const due = poisson(1_000, 20_000, chance(1))
    const between = [...due].map((at, index) => at - (due[index - 1] ?? 0))
    const longer = (ms: number) => between.filter((time) => time > ms).length / between.length
    // Of an exponential distribution with a mean of 1 ms.
    expect(longer(1)).toBeCloseTo(Math.exp(-1), 1)
    expect(longer(3)).toBeCloseTo(Math.exp(-3), 1)
  })
})

describe('an open loop', () => {
  it('makes each call when it is due, whether or not others were answered', async () => {
    const { state, clock } = turning(1)
    const made: number[] = []
    const answers: (() => void)[] = []
    const played = openLoop(
      Float64Array.of(0, 3, 5),
      (n) => {
        made[n] = state.now - 1_000
        return new Promise((resolve) => {
          answers.push(resolve)
          if (answers.length < 3) return
          state.now += 20
          for (const answer of answers) answer()
        })
      },
      clock,
    )
    const { latencies, lateness, seconds } = await played
    expect(made).toEqual([0, 3, 5])
    expect([...lateness]).toEqual([0, 0, 0])
    expect([...latencies]).toEqual([25, 22, 20])
    expect(seconds).toBe(0.025)
  })

  it('counts latency from when a call was due, also when it could not be made then', async () => {
    // Turns of 10 ms: what is due at 1, 4 and 9 is made at 10.
    const { clock } = turning(10)
    const { latencies, lateness } = await openLoop(Float64Array.of(1, 4, 9, 10), () => Promise.resolve(), clock)
    expect([...lateness]).toEqual([9, 6, 1, 0])
    expect([...latencies]).toEqual([9, 6, 1, 0])
  })

  it('fails with the first call that does', async () => {
    const { clock } = turning(1)
    const call = (n: number) => (n === 1 ? Promise.reject(new Error('wrong answer')) : Promise.resolve())
    await expect(openLoop(Float64Array.of(0, 1, 2), call, clock)).rejects.toThrow('wrong answer')
  })
})
