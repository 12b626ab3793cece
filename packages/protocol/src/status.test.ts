import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { closeCode, mayReconnect } from './status.ts'

describe('close codes', () => {
  const document = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8')
  // Cells of a Markdown table are padded with spaces.
  const rows = [...document.matchAll(/^\| (4\d{3}) +\| ([a-z-]+) +\| .* \| (yes|no|with other).* +\|$/gm)]

  it('are those of PROTOCOL.md, with the same names', () => {
    const named = Object.entries(closeCode).map(([name, code]) => [
      code,
      name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`),
    ])
    expect(rows.map(([, code, name]) => [Number(code), name])).toEqual(named)
  })

  it.each(rows.map(([, code, , again]) => [Number(code), again]))('%d: connect again: %s', (code, again) => {
    expect(mayReconnect(code as number)).toBe(again === 'yes')
  })

  it('lie in the range that a browser may send', () => {
    for (const code of Object.values(closeCode)) expect(code).toBeGreaterThanOrEqual(4_400)
  })
})
