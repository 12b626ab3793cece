import { describe, expect, it } from 'vitest'
import { Roster } from './roster.ts'

interface Each {
  readonly id: string
  user: string
}

const each = (id: string, user: string): Each => ({ id, user })

describe('a roster', () => {
  it('finds connections by who their client is, as long as they are there', () => {
    const roster = new Roster<Each>(({ user }) => user)
    const [a, b, c] = [each('1', 'ann'), each('2', 'bob'), each('3', 'ann')]
    for (const one of [a, b, c]) roster.set(one.id, one)
    expect([roster.size, roster.of('ann'), roster.of('bob'), roster.of('eve')]).toEqual([3, [a, c], [b], []])
    expect([roster.delete('1'), roster.delete('1')]).toEqual([true, false])
    expect([roster.of('ann'), roster.get('1')]).toEqual([[c], undefined])
  })

  it('looks again who it is when one is set again', () => {
    const roster = new Roster<Each>(({ user }) => user)
    const one = each('1', 'ann')
    roster.set('1', one)
    one.user = 'bob'
    roster.set('1', one)
    expect([roster.of('ann'), roster.of('bob'), roster.size]).toEqual([[], [one], 1])
  })

  it('keeps nothing of those that have gone', () => {
    const roster = new Roster<Each>(({ user }) => user)
    for (let count = 0; count < 100; count++) roster.set(String(count), each(String(count), `user ${count}`))
    for (let count = 0; count < 100; count++) roster.delete(String(count))
    expect([...Array(100).keys()].flatMap((count) => roster.of(`user ${count}`))).toEqual([])
  })

  it('says what is missing where nobody is told apart', () => {
    expect(() => new Roster<Each>(undefined).of('ann')).toThrow('the server has no `principal`')
  })
})
