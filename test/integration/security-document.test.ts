import { readFileSync } from 'node:fs'
import { type Limits, publicLimits, trustedLimits } from '@wirepact/server'
import { expect, it } from 'vitest'

const text = readFileSync(new URL('../../SECURITY.md', import.meta.url), 'utf8')
// | limit | unit | counted for | public | trusted | beyond |
const rows = [...text.matchAll(/^\| (\w+) +\| ([\w ]+?) +\| ([\w ,]+?) +\| (\d+) +\| (\d+) +\| (.+?) +\|$/gm)]

it('SECURITY.md names every limit, each once, with the defaults of both presets', () => {
  const documented = rows.map(([, name, , , forPublic, forTrusted]) => [name, Number(forPublic), Number(forTrusted)])
  const real = (Object.keys(publicLimits) as (keyof Limits)[]).map((name) => [
    name,
    publicLimits[name],
    trustedLimits[name],
  ])
  const byName = (one: unknown[], other: unknown[]) => String(one[0]).localeCompare(String(other[0]))
  expect(documented.sort(byName)).toEqual(real.sort(byName))
})

it('and says of each in which unit it is, and what happens beyond it', () => {
  for (const [, name = '', unit = '', , , , beyond = ''] of rows) {
    if (name.endsWith('Bytes') || name.endsWith('BytesMost')) expect([name, unit]).toEqual([name, 'bytes'])
    if (name.endsWith('Ms')) expect([name, unit]).toEqual([name, 'ms'])
    expect(beyond.length).toBeGreaterThan(5)
  }
})
