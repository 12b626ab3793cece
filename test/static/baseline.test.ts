import { beforeAll, describe, expect, it } from 'vitest'
import { complaintsAbout, gainsOver } from '../baseline/compare.mjs'
import { measureBaseline, readBaseline } from '../baseline/measure.mjs'
import { buildPackages } from '../setup/build.mjs'

const baseline: Record<string, Record<string, number>> = readBaseline()

describe('costs that do not depend on the clock', () => {
  beforeAll(() => buildPackages(), 180_000)

  it('have not grown since test/static/baseline.json was written', { timeout: 300_000 }, async () => {
    const { figures, leftOut } = await measureBaseline(baseline)
    for (const line of leftOut) console.log(`not compared: ${line}`)
    for (const gain of gainsOver(baseline, figures))
      console.log(`less than the baseline: ${gain}; \`node test/baseline.mjs --update\` keeps it`)
    expect(complaintsAbout(baseline, figures).join('\n')).toBe('')
  })
})

describe('the baseline', () => {
  const copy = () => structuredClone({ wire: baseline.wire, allocations: baseline.allocations, types: baseline.types })
  const CALL = 'a call and its answer'

  it('says what grew, by how much, and what to do', () => {
    const grown = copy()
    grown.wire![CALL]! += 1
    const [complaint, ...others] = complaintsAbout(baseline, grown)
    expect(others).toEqual([])
    expect(complaint).toMatch(
      /^wire: a call and its answer has grown: [\d.]+ bytes instead of [\d.]+, \d\.\d % more, where nothing is allowed\./,
    )
    expect(complaint).toMatch(/say why in the commit, and run `node test\/baseline\.mjs --update`\.$/)
  })

  it('forgives what runs differ by, and nothing more', () => {
    const within = copy()
    within.allocations![CALL]! *= 1.03
    expect(complaintsAbout(baseline, within)).toEqual([])
    within.allocations![CALL]! *= 1.03
    expect(complaintsAbout(baseline, within)).toEqual([
      expect.stringMatching(/^allocations: .* 6\.1 % more, where 4\.0 % is/),
    ])
  })

  it('notices one call more for the compiler', () => {
    const grown = copy()
    for (const name of Object.keys(grown.types!)) grown.types![name]! += 0.1
    expect(complaintsAbout(baseline, grown)).toHaveLength(Object.keys(grown.types!).length)
  })

  it('loses and gains no figure unnoticed', () => {
    const { [CALL]: _, ...rest } = baseline.wire!
    expect(complaintsAbout(baseline, { wire: rest })).toEqual([expect.stringContaining('is not measured any more')])
    expect(complaintsAbout(baseline, { wire: { ...baseline.wire, other: 1 } })).toEqual([
      expect.stringContaining('but not in the baseline'),
    ])
  })

  it('is left alone by what became less, which is told', () => {
    const less = copy()
    less.wire![CALL]! -= 1
    expect(complaintsAbout(baseline, less)).toEqual([])
    expect(gainsOver(baseline, less)).toEqual([
      expect.stringMatching(/^wire: a call and its answer: [\d.]+ bytes instead/),
    ])
  })
})
