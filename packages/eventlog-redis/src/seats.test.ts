import { expect, it } from 'vitest'
import { Seats } from './seats.ts'

it('appends that are under way at once have slots of their own, which are used again and forgotten', () => {
  const seats = new Seats()
  const taken = [seats.take('a'), seats.take('a'), seats.take('b')]
  expect(taken).toEqual([0, 1, 0])
  seats.give('a', 0)
  expect(seats.take('a')).toBe(0)
  expect(seats.take('a')).toBe(2)
  for (const seat of [0, 1, 2]) seats.give('a', seat)
  expect(seats.size).toBe(1)
  seats.give('b', 0)
  expect(seats.size).toBe(0)
})
