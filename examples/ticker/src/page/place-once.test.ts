import { describe, expect, it } from 'vitest'
import { type Place, placeOnce } from './place-once.ts'

const order = { id: 'an id of an order', market: 'clove', side: 'buy', price: 1, quantity: 1 } as const
const noTime = async () => {}

/** Answers each call with the next of these: an error by its code, or a node. */
function scripted(...answers: readonly string[]): { place: Place; keys: string[] } {
  const keys: string[] = []
  const place: Place = async (_, { key }) => {
    const answer = answers[keys.length] ?? 'node 9'
    keys.push(key)
    if (!answer.startsWith('node')) throw Object.assign(new Error(answer), { code: answer })
    return { node: answer }
  }
  return { place, keys }
}

describe('placing an order', () => {
  it('tries again, by another key each time, while nobody knows what became of it', async () => {
    const { place, keys } = scripted('indeterminate', 'deadline-exceeded', 'unavailable', 'node 2')
    expect(await placeOnce(place, order, noTime)).toEqual({ node: 'node 2' })
    expect(new Set(keys).size).toBe(4)
  })

  it('does not try again when it was refused, and not for ever', async () => {
    const refused = scripted('TOO_FAR')
    await expect(placeOnce(refused.place, order, noTime)).rejects.toMatchObject({ code: 'TOO_FAR' })
    expect(refused.keys).toHaveLength(1)
    const never = scripted(...Array.from({ length: 50 }, () => 'unavailable'))
    await expect(placeOnce(never.place, order, noTime)).rejects.toMatchObject({ code: 'unavailable' })
    expect(never.keys.length).toBeLessThan(20)
  })
})
