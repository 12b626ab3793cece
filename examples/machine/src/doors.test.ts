import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Doors } from './doors.ts'

describe('a door', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  const entered = (doors: Doors, key: string) => {
    const seen: string[] = []
    void doors.opened(key).then(() => seen.push(key))
    return seen
  }

  it('is open until somebody shuts it', async () => {
    await expect(new Doors().opened('a')).resolves.toBeUndefined()
  })

  it('stays shut for as long as was said, and only for whom', async () => {
    const doors = new Doors()
    doors.shut('a', 4000)
    const [a, b] = [entered(doors, 'a'), entered(doors, 'b')]
    await vi.advanceTimersByTimeAsync(3999)
    expect([a, b]).toEqual([[], ['b']])
    await vi.advanceTimersByTimeAsync(1)
    expect(a).toEqual(['a'])
  })

  it('that is shut again meanwhile stays shut for whoever waits already', async () => {
    const doors = new Doors()
    doors.shut('a', 1000)
    const a = entered(doors, 'a')
    await vi.advanceTimersByTimeAsync(500)
    doors.shut('a', 1000)
    await vi.advanceTimersByTimeAsync(999)
    expect(a).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(a).toEqual(['a'])
  })
})
