import { describe, expect, it } from 'vitest'
import { Absentees } from './absentees.ts'

function setUp(shareBytes = 100) {
  const absentees = new Absentees<{ name: string; bytes: number }>(shareBytes)
  const add = (name: string, principal: string, bytes: number) => {
    const each = { name, bytes: 0 }
    absentees.add(each, principal, bytes)
    return each
  }
  return { absentees, add }
}

describe('who gives way when there is no room', () => {
  it('is the longest absent of all, while everybody keeps to a share: exactly that is not too much', () => {
    const { absentees, add } = setUp()
    add('a1', 'ann', 30)
    add('b1', 'bob', 50)
    add('b2', 'bob', 50)
    expect(absentees.next()?.name).toBe('a1')
  })

  it('is the longest absent of who holds one byte more', () => {
    const { absentees, add } = setUp()
    add('a1', 'ann', 30)
    add('b1', 'bob', 50)
    add('b2', 'bob', 51)
    expect(absentees.next()?.name).toBe('b1')
  })

  it('is, of several who hold too much, who holds most', () => {
    const { absentees, add } = setUp()
    add('b1', 'bob', 101)
    add('c1', 'cid', 103)
    const grown = add('d1', 'dan', 1)
    expect(absentees.next()?.name).toBe('c1')
    absentees.count(grown, 104)
    expect(absentees.next()?.name).toBe('d1')
  })

  it('is anybody again once those have left who held too much', () => {
    const { absentees, add } = setUp()
    add('a1', 'ann', 30)
    const one = add('b1', 'bob', 60)
    add('b2', 'bob', 60)
    absentees.delete(one, 'bob')
    expect([absentees.next()?.name, absentees.bytes, absentees.size]).toEqual(['a1', 90, 2])
  })

  it('is, of a crowd of one principal, never a victim who was there before it', () => {
    const { absentees, add } = setUp(1_000)
    const victim = add('victim', 'ann', 100)
    for (let index = 0; index < 1_000; index++) {
      add(`${index}`, 'mallory', 100)
      while (absentees.bytes > 5_000) absentees.delete(absentees.next() as never, 'mallory')
    }
    expect([...absentees]).toContain(victim)
    expect(absentees.size).toBe(50)
  })
})

it('nothing is left of who is not absent any more', () => {
  const { absentees, add } = setUp()
  const one = add('a1', 'ann', 300)
  absentees.delete(one, 'ann')
  absentees.delete(one, 'ann')
  expect([absentees.size, absentees.bytes, one.bytes, absentees.next(), absentees.oldestOf('ann')]).toEqual([
    0,
    0,
    0,
    undefined,
    undefined,
  ])
})
