import { describe, expect, test } from 'vitest'
import { hex } from '../wire.ts'
import { ROLES, runCase } from './tester.ts'
import { SEQUENCES, UTF8_CASES } from './utf8.ts'

describe.each(ROLES)('family 6, %s', (role) => {
  test.each(UTF8_CASES.map((given) => [given.id, given.about, given] as const))('%s %s', (_id, _about, given) => {
    runCase(role, given)
  })
})

test('the table agrees with the platform about what is valid', () => {
  for (const [digits, verdict, about] of SEQUENCES) {
    const decode = () => new TextDecoder('utf-8', { fatal: true }).decode(hex(digits))
    if (verdict === 'valid') expect(decode, about).not.toThrow()
    else expect(decode, about).toThrow()
  }
})
