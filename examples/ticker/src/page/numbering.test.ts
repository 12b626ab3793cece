import { describe, expect, it } from 'vitest'
import { Numbering } from './numbering.ts'

const after = (...acts: (number | 'gap' | { snapshot: number } | { again: number })[]) => {
  const numbering = new Numbering()
  const news = acts.filter((act) => {
    if (act === 'gap') return numbering.gap()
    if (typeof act === 'number') return numbering.hear(act)
    return 'again' in act ? numbering.hear(act.again, true) : numbering.snapshot(act.snapshot)
  })
  const { missing, doubled, last } = numbering
  return { missing, doubled, last, news: news.length }
}

describe('the numbers of what came', () => {
  it('say that nothing is missing, from wherever they begin', () => {
    expect(after(7, 8, 9)).toEqual({ missing: 0, doubled: 0, last: 9, news: 3 })
    expect(after({ snapshot: 6 }, 7)).toEqual({ missing: 0, doubled: 0, last: 7, news: 1 })
  })

  it('say what is missing, and what came twice', () => {
    expect(after(1, 2, 5)).toMatchObject({ missing: 2, last: 5 })
    expect(after(1, 2, 2)).toMatchObject({ doubled: 1, news: 2 })
    expect(after({ snapshot: 6 }, 9)).toMatchObject({ missing: 2 })
  })

  it('know what a snapshot holds already', () => {
    expect(after({ snapshot: 6 }, 5, 6, 7)).toEqual({ missing: 0, doubled: 0, last: 7, news: 1 })
    expect(after({ snapshot: 6 }, 7, 7)).toMatchObject({ doubled: 1 })
  })

  it('blame nobody for what was said', () => {
    expect(after(1, 'gap', 9, 10)).toMatchObject({ missing: 0, last: 10 })
    expect(after(1, 'gap', 9, 11)).toMatchObject({ missing: 1 })
    expect(after(1, 'gap', { snapshot: 9 }, 11)).toMatchObject({ missing: 1 })
    expect(after(1, 2, { again: 2 }, 3)).toEqual({ missing: 0, doubled: 0, last: 3, news: 3 })
  })
})
