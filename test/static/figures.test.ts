import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { blocksOf } from '../../bench/charts/page.ts'
import { differences, publish } from '../../bench/charts/publishing.ts'
import { root } from '../setup/workspace.mjs'

const PAGE = 'packages/docs/performance.md'

describe('published figures', () => {
  it('are those of bench/figures, in every table and chart (`node bench/publish.mjs` makes them so)', () => {
    expect(differences(root)).toEqual([])
  })

  it('are asked for by both pages', () => {
    const blocks = (page: string) => blocksOf(readFileSync(join(root, page), 'utf8'))
    expect([blocks('README.md'), blocks(PAGE)]).toEqual([2, 8])
  })
})

describe('publishing', () => {
  const copy = mkdtempSync(join(tmpdir(), 'wirepact-figures-'))
  const machine = { ...{ cpu: '', cores: 2, os: '', node: '', loadBefore: 0, loadAfter: 0, date: '' }, packages: {} }
  const result = (workload: string, subject: string, median: number) => ({
    ...{ workload, subject, metric: 'rate', unit: 'calls/s', median, min: median, max: median, rounds: 5 },
  })
  const results = ['W2', 'W3'].flatMap((workload) => [
    result(workload, 'wirepact', 700),
    result(workload, 'ws-rpc', 200),
  ])

  /** A file as the bench writes them. */
  function given(name: string, content: object): string {
    const path = join(copy, 'given', name)
    writeFileSync(path, JSON.stringify(content))
    return path
  }

  function change(path: string, from: string | RegExp, to: string): void {
    const text = readFileSync(join(copy, path), 'utf8')
    const changed = text.replace(from, to)
    expect(changed).not.toBe(text)
    writeFileSync(join(copy, path), changed)
  }

  beforeAll(() => {
    mkdirSync(join(copy, 'given'))
    for (const page of ['README.md', PAGE]) cpSync(join(root, page), join(copy, page))
    publish(copy, [given('figures.json', { machine, results })])
  })
  afterAll(() => rmSync(copy, { recursive: true }))

  it('puts the figures into both pages, and draws them', () => {
    expect(differences(copy)).toEqual([])
    expect(readFileSync(join(copy, 'README.md'), 'utf8')).toMatch(/^\| \*\*wirepact\*\* +\| +700 \|/m)
    expect(readFileSync(join(copy, PAGE), 'utf8')).toMatch(/^\| W2 +\| +ws-rpc \| +≥ 3 × \| +\| +3\.50 × \| yes \|$/m)
    expect(readFileSync(join(copy, 'packages/docs/charts/W2.svg'), 'utf8')).toContain('>700<')
  })

  it('a number that was typed, a chart that is older and one of nothing are noticed, and mended', () => {
    const page = readFileSync(join(copy, PAGE), 'utf8')
    change(PAGE, /\| \*\*wirepact\*\* +\| +700/, '| **wirepact** | 999')
    change('packages/docs/charts/W2.svg', '>700<', '>999<')
    writeFileSync(join(copy, 'packages/docs/charts/W99.svg'), '<svg/>')
    expect(differences(copy)).toEqual(['packages/docs/charts/W2.svg', PAGE, 'packages/docs/charts/W99.svg'])
    expect(publish(copy, [])).toEqual(['packages/docs/charts/W2.svg', PAGE])
    expect(differences(copy)).toEqual([])
    expect(readFileSync(join(copy, PAGE), 'utf8')).toBe(page)
  })

  it('takes files of the bench that are whole, each workload in one, and keeps what there was otherwise', () => {
    const [one, other] = [given('one.json', { machine, results }), given('other.json', { machine, results })]
    expect(() => publish(copy, [one, other])).toThrow(/^W2 is in one\.json and in other\.json: figures of two runs/)
    const cut = given('cut.json', { machine, results, complete: false })
    expect(() => publish(copy, [cut])).toThrow('cut.json was ended before all of its rounds.')
    expect(() => publish(copy, [given('what.json', {})])).toThrow(/what\.json was not written by the bench/)
    expect(differences(copy)).toEqual([])
  })
})
