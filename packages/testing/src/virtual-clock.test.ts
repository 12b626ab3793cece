import { expect, it } from 'vitest'
import { SeededRandom } from './random.ts'
import { VirtualClock } from './virtual-clock.ts'

it('timers fire at their times, those of one time in the order they were set, and those taken back never', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new SeededRandom(seed)
    const clock = new VirtualClock()
    const fired: string[] = []
    const expected: { at: number; name: string }[] = []
    const cancels: (() => void)[] = []
    for (let index = 0; index < 200; index++) {
      const at = random.below(50)
      const cancel = clock.schedule(at, () => fired.push(`${clock.now()} ${index}`))
      if (random.chance(0.4)) cancels.push(cancel)
      else expected.push({ at, name: `${at} ${index}` })
    }
    for (const cancel of cancels) cancel()
    for (const cancel of cancels) cancel()
    expect(clock.pending).toBe(expected.length)
    await clock.advance(50)
    expect(fired).toEqual(expected.sort((a, b) => a.at - b.at).map(({ name }) => name))
    expect(clock.pending).toBe(0)
  }
})

it('a timer that a timer sets fires in its turn', async () => {
  const clock = new VirtualClock()
  const fired: number[] = []
  const again = (): unknown => (fired.push(clock.now()) < 4 ? clock.schedule(10, again) : undefined)
  clock.schedule(10, again)
  clock.schedule(25, () => fired.push(-25))
  await clock.advance(100)
  expect(fired).toEqual([10, 20, -25, 30])
  expect(clock.now()).toBe(100)
})
