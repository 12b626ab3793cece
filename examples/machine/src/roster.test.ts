import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Roster } from './roster.ts'

describe('the roster', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  const names = (roster: Roster) => roster.list().map(({ name, here }) => `${name}${here ? '' : ' away'}`)

  it('names viewers who have not said their name, each differently', () => {
    const roster = new Roster(() => {})
    for (let i = 0; i < 40; i++) roster.arrive(roster.know(`key ${i}`, undefined))
    expect(new Set(names(roster)).size).toBe(40)
  })

  it('keeps the name somebody had before, unless another took it meanwhile', () => {
    const roster = new Roster(() => {})
    roster.arrive(roster.know('a', 'Ada'))
    roster.arrive(roster.know('b', 'ada'))
    expect(names(roster)[0]).toBe('Ada')
    expect(names(roster)[1]).not.toBe('ada')
  })

  it('shows who lost the connection as away, and the same viewer as here when it is back', () => {
    const changed = vi.fn()
    const roster = new Roster(changed, 30_000)
    const ada = roster.know('a', 'Ada')
    roster.arrive(ada)
    roster.leave(ada)
    expect(names(roster)).toEqual(['Ada away'])
    roster.arrive(roster.know('a', undefined))
    vi.advanceTimersByTime(60_000)
    expect(roster.list()).toEqual([{ id: ada.id, name: 'Ada', here: true }])
    expect(changed).toHaveBeenCalledTimes(3)
  })

  it('forgets who stays away', () => {
    const roster = new Roster(() => {}, 30_000)
    const ada = roster.know('a', 'Ada')
    roster.arrive(ada)
    roster.leave(ada)
    vi.advanceTimersByTime(30_000)
    expect(names(roster)).toEqual([])
  })

  it('counts one viewer with two connections once, here as long as one of them is', () => {
    const roster = new Roster(() => {})
    const ada = roster.know('a', 'Ada')
    roster.arrive(ada)
    roster.arrive(ada)
    roster.leave(ada)
    expect(names(roster)).toEqual(['Ada'])
  })

  it('lets nobody take the name of another, whatever its case', () => {
    const roster = new Roster(() => {})
    const [ada, bob] = [roster.know('a', 'Ada'), roster.know('b', 'Bob')]
    roster.arrive(ada)
    roster.arrive(bob)
    expect(roster.rename(bob, 'ADA')).toBe(false)
    expect(roster.rename(bob, 'Bea')).toBe(true)
    expect(roster.rename(bob, 'bea')).toBe(true)
    expect(names(roster)).toEqual(['Ada', 'bea'])
  })

  it('does not list somebody who was let in but never arrived', () => {
    const roster = new Roster(() => {})
    roster.know('a', 'Ada')
    expect(names(roster)).toEqual([])
  })
})
