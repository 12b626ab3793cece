import { describe, expect, it } from 'vitest'
import { hashText } from './text-hash.ts'

describe('hashText', () => {
  it.each([
    ['', hashText('')],
    ['a', hashText('a')],
  ])('is 16 hex digits: %j', (_, hash) => expect(hash).toMatch(/^[0-9a-f]{16}$/))

  it('tells 200,000 similar texts apart', () => {
    const hashes = new Set<string>()
    for (let i = 0; i < 100_000; i++) {
      hashes.add(hashText(`{"a${i}":number}`))
      hashes.add(hashText(`{"a":number,"b${i}":string}`))
    }
    expect(hashes.size).toBe(200_000)
  })

  it('uses all of its bits: each half alone tells most of 20,000 texts apart', () => {
    const texts = Array.from({ length: 20_000 }, (_, i) => hashText(String(i)))
    // 20,000 of 2^32: 0.05 collisions are expected.
    expect(new Set(texts.map((hash) => hash.slice(0, 8))).size).toBeGreaterThan(19_990)
    expect(new Set(texts.map((hash) => hash.slice(8))).size).toBeGreaterThan(19_990)
  })

  it('sees a change in any place, and two that swap', () => {
    const text = 'procedure {"sensor":string} int'
    const changed = [...text].map((_, i) => `${text.slice(0, i)}~${text.slice(i + 1)}`)
    const swapped = [...text.slice(1)].map((_, i) => text.slice(0, i) + text[i + 1] + text[i] + text.slice(i + 2))
    const distinct = new Set([text, ...changed, ...swapped])
    expect(new Set([...distinct].map(hashText)).size).toBe(distinct.size)
  })
})
