import { describe, test } from 'vitest'
import { FRAMING_CASES } from './framing.ts'
import { ROLES, runCase } from './tester.ts'

describe.each(ROLES)('families 1–5 and 10, %s', (role) => {
  test.each(FRAMING_CASES.map((given) => [given.id, given.about, given] as const))('%s %s', (_id, _about, given) => {
    runCase(role, given)
  })
})
