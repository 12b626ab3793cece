import { describe, expect, it } from 'vitest'
import { type Asked, firstToDecline } from './consent.ts'
import type { Question } from './contract.ts'

function somebody(name: string, answer: (question: Question) => Promise<boolean>) {
  const heard: Question[] = []
  const asked: Asked = {
    name,
    confirm(question) {
      heard.push(question)
      return answer(question)
    },
  }
  return { asked, heard }
}
const yes = async () => true
const no = async () => false
const silent = () => Promise.reject(new Error('the connection is gone'))
const never = () => new Promise<boolean>(() => {})
const base = { fromMs: 1000, toMs: 5000, costMs: 1, patienceMs: 12_000 }

describe('a change of pace', () => {
  it('is nobody’s business but the asker’s when nobody else is there', async () => {
    const ada = somebody('Ada', no)
    expect(await firstToDecline({ ...base, asker: ada.asked, others: [] })).toBeUndefined()
    expect(ada.heard).toEqual([])
  })

  it('is put to every other viewer, with who asks and what for', async () => {
    const [ada, bob, cem] = [somebody('Ada', yes), somebody('Bob', yes), somebody('Cem', yes)]
    expect(await firstToDecline({ ...base, asker: ada.asked, others: [bob.asked, cem.asked] })).toBeUndefined()
    expect(ada.heard).toEqual([])
    for (const { heard } of [bob, cem]) {
      expect(heard).toHaveLength(1)
      expect(heard[0]?.question).toMatch(/^Ada would like a reading every 5\ss\./)
      expect(heard[0]).toMatchObject({ silenceMeans: 'yes', patienceMs: 12_000 })
    }
  })

  it('is declined by the first no, without waiting for the others', async () => {
    const [ada, bob, cem] = [somebody('Ada', yes), somebody('Bob', never), somebody('Cem', no)]
    expect(await firstToDecline({ ...base, asker: ada.asked, others: [bob.asked, cem.asked] })).toBe('Cem')
  })

  it('is not held up by somebody who does not answer', async () => {
    const [ada, bob] = [somebody('Ada', yes), somebody('Bob', silent)]
    expect(await firstToDecline({ ...base, asker: ada.asked, others: [bob.asked] })).toBeUndefined()
  })

  it('that costs the machine something is put to the asker, with what it costs', async () => {
    const ada = somebody('Ada', yes)
    expect(await firstToDecline({ ...base, toMs: 50, asker: ada.asked, others: [] })).toBeUndefined()
    expect(ada.heard[0]?.question).toBe('Really measure 20 times a second?')
    expect(ada.heard[0]?.detail).toContain('2.0 % of a core')
    expect(ada.heard[0]?.silenceMeans).toBe('no')
  })

  it('that costs something is off when the asker says no or nothing', async () => {
    expect(await firstToDecline({ ...base, toMs: 50, asker: somebody('Ada', no).asked, others: [] })).toBe('you')
    expect(await firstToDecline({ ...base, toMs: 50, asker: somebody('Ada', silent).asked, others: [] })).toBe('you')
  })

  it('away from an even costlier pace is not questioned', async () => {
    const ada = somebody('Ada', no)
    await firstToDecline({ ...base, fromMs: 50, toMs: 100, asker: ada.asked, others: [] })
    expect(ada.heard).toEqual([])
  })
})
