import { describe, test } from 'vitest'
import { limitCases } from './limits.ts'
import { ROLES, runCase } from './tester.ts'

const long = process.env.WIREPACT_SOAK === '1'

describe.each(ROLES)('family 9, %s', (role) => {
  test.each(limitCases(long).map((given) => [given.id, given.about, given] as const))(
    '%s %s',
    { timeout: 60_000 },
    (_id, _about, given) => {
      runCase(role, given)
    },
  )
})
