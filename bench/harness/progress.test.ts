import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { inOrderOf, minutes, Progress, stepMs } from './progress.ts'
import { QUICK, sets, USUAL } from './standard.ts'
import type { Workload } from './workload.ts'

const names = readdirSync(new URL('../workloads', import.meta.url)).map((file) => file.replace(/\.ts$/, ''))
const load = async (name: string) =>
  ((await import(new URL(`../workloads/${name}.ts`, import.meta.url).href)) as { readonly workload: Workload }).workload

/** As the bench itself adds it up. */
async function expectedMinutes(workloads: readonly string[], usual: typeof USUAL, counting: boolean): Promise<number> {
  const lasts = await Promise.all(
    workloads.map(async (name) => {
      const workload = await load(name)
      return (
        stepMs(workload, { ...usual, calls: 1 }) * (usual.rounds + (counting && workload.countsAllocations ? 1 : 0))
      )
    }),
  )
  return (lasts.reduce((sum, ms) => sum + ms, 0) * sets.subjects.standard.length) / 60_000
}

describe('the time of a run', () => {
  it('is 25 minutes at most for the standard table, and 15 at least: it measures for long enough', async () => {
    const expected = await expectedMinutes(sets.workloads.standard, USUAL, true)
    expect(expected).toBeLessThanOrEqual(25)
    expect(expected).toBeGreaterThan(15)
  })

  it('is one minute at most for a first look', async () => {
    expect(await expectedMinutes(sets.workloads.quick, QUICK, false)).toBeLessThanOrEqual(1)
  })

  it('is as long as warming up and measuring, unless the workload knows better', () => {
    const times = { warmUpMs: 300, measureMs: 1_000, calls: 1 }
    const around = stepMs({}, { warmUpMs: 0, measureMs: 0, calls: 1 })
    expect(stepMs({}, times) - around).toBe(1_300)
    expect(stepMs({ lasts: ({ measureMs }) => 4 * measureMs }, times) - around).toBe(4_000)
  })
})

it('sets name what there is', () => {
  const subjects = readdirSync(new URL('../subjects', import.meta.url)).map((file) => file.replace(/\.ts$/, ''))
  expect(names).toEqual(expect.arrayContaining(Object.values(sets.workloads).flat()))
  expect(subjects).toEqual(expect.arrayContaining(Object.values(sets.subjects).flat()))
})

describe('progress', () => {
  it('says what is left, by how the run went so far', () => {
    const progress = new Progress(100_000, 5_000)
    expect(progress.text(5_000)).toBe('0:00, about 1:40 left')
    progress.add(20_000)
    expect(progress.text(25_000)).toBe('0:20, about 1:20 left')
    progress.add(20_000)
    expect(progress.text(85_000)).toBe('1:20, about 2:00 left')
    progress.add(60_000)
    expect(progress.text(185_000)).toBe('3:00, about 0:00 left')
  })

  it.each([
    [0, '0:00'],
    [59_600, '1:00'],
    [725_000, '12:05'],
    [-5, '0:00'],
  ])('%d ms are %s', (milliseconds, text) => {
    expect(minutes(milliseconds)).toBe(text)
  })
})

describe('the order of a round', () => {
  it('keeps to the workloads, and has another one begin each time', () => {
    const pairs = ['W1 a', 'W1 b', 'W1 c', 'W2 a', 'W2 b', 'W2 c']
    expect(inOrderOf(0, pairs, 3)).toEqual(pairs)
    expect(inOrderOf(1, pairs, 3)).toEqual(['W1 b', 'W1 c', 'W1 a', 'W2 b', 'W2 c', 'W2 a'])
    expect(inOrderOf(5, pairs, 3)).toEqual(['W1 c', 'W1 a', 'W1 b', 'W2 c', 'W2 a', 'W2 b'])
  })
})
