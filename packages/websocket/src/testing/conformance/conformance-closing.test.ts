import { describe, test } from 'vitest'
import { CLOSING_CASES } from './closing.ts'
import { close, fails } from './script.ts'
import { ROLES, runCase } from './tester.ts'

describe.each(ROLES)('family 7, %s', (role) => {
  test.each(CLOSING_CASES.map((given) => [given.id, given.about, given] as const))('%s %s', (_id, _about, given) => {
    runCase(role, given)
  })

  test('every code up to 5,100, and one in 97 above, is answered or refused with 1002', () => {
    for (let code = 0; code < 65_536; code += code < 5100 ? 1 : 97) {
      const mayBeSent =
        (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) || (code >= 3000 && code <= 4999)
      const sends = [close(code)]
      if (mayBeSent) runCase(role, { id: '7.7', about: `${code}`, sends, answers: [`close ${code}`] })
      else runCase(role, fails('7.9', `${code}`, 1002, sends))
    }
  })
})
