import { describe, expect, it } from 'vitest'
import { callUntil } from './calls.ts'
import { answerTo, type UnaryInput, type UnaryOutput } from './shapes.ts'

const later = <Value>(value: Value) => new Promise<Value>((resolve) => setImmediate(resolve, value))

describe('calls in flight', () => {
  it('are as many as asked for, and every answered one counts', async () => {
    let [made, open, most] = [0, 0, 0]
    const call = async (input: UnaryInput): Promise<UnaryOutput> => {
      made++
      most = Math.max(most, ++open)
      await later(undefined)
      open--
      return answerTo(input)
    }
    const { amount, seconds } = await callUntil(call, 8, 20)
    expect(most).toBe(8)
    expect(open).toBe(0)
    expect(amount).toBe(made)
    expect(seconds).toBeGreaterThan(0)
  })

  it('fail with the first answer that belongs to another call', async () => {
    let last: UnaryInput = { a: -1, b: '' }
    const call = (input: UnaryInput) => {
      const answer = answerTo(last)
      last = input
      return later(answer)
    }
    await expect(callUntil(call, 2, 20)).rejects.toThrow('{"c":0,"d":""} answers {"a":0,"b":"key00"}')
  })

  it('fail with the first call that fails', async () => {
    await expect(callUntil(() => Promise.reject(new Error('no')), 2, 20)).rejects.toThrow('no')
  })
})
