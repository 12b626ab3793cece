import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { token } from './topic-subject.ts'

describe('a name as one token of a subject', () => {
  it.each([
    ['readings', 'readings'],
    ['a.b', 'a=2Eb'],
    ['*', '=2A'],
    ['>', '=3E'],
    ['a b\n', 'a=20b=0A'],
    ['=2A', '=3D2A'],
    ['é', '=C3=A9'],
    ['€', '=E2=82=AC'],
    ['\u{1f4c8}', '=F0=9F=93=88'],
    ['\ud83d', '=ED=A0=BD'],
    ['', ''],
  ])('%j is %s', (name, expected) => expect(token(name)).toBe(expected))

  it('is never more than one token, never a wildcard, and never another name’s', () => {
    const telling = [...'*>. =2Aaé€', '\ud83d', '\udcc8', '\0'].map((unit) => unit.charCodeAt(0))
    const units = fc.array(fc.oneof(fc.constantFrom(...telling), fc.nat({ max: 0xffff })), { maxLength: 6 })
    const names = units.map((codes) => String.fromCharCode(...codes))
    fc.assert(
      fc.property(names, names, (one, other) => {
        expect(token(one)).toMatch(/^[\w=-]*$/)
        expect(token(one) === token(other)).toBe(one === other)
      }),
    )
  })
})
