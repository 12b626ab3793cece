import { describe, expect, it } from 'vitest'
import { Admission } from './admission.ts'

const [mine, other] = ['a'.repeat(32), 'b'.repeat(32)]

describe('admission', () => {
  it('lets in whoever has the token, and knows them again without it', () => {
    const admission = new Admission()
    const who = admission.admit({ key: mine, token: admission.token })
    expect(who).toMatch(/^[0-9a-f]{64}$/)
    expect(admission.admit({ key: mine })).toBe(who)
    expect(admission.admit({ key: mine, token: 'anything' })).toBe(who)
  })

  it('lets nobody in with a token that was used', () => {
    const told: string[] = []
    const admission = new Admission((token) => told.push(token))
    const { token } = admission
    admission.admit({ key: mine, token })
    expect(admission.admit({ key: other, token })).toBeUndefined()
    expect(told).toEqual([admission.token])
    expect(admission.token).not.toBe(token)
    expect(admission.admit({ key: other, token: admission.token })).toBeDefined()
  })

  it.each([
    undefined,
    null,
    'token',
    {},
    { key: mine },
    { key: mine, token: '' },
    { key: mine, token: 'x'.repeat(24) },
    { key: 'short' },
    { key: [mine] },
  ])('lets nobody in with %j', (credentials) => {
    expect(new Admission().admit(credentials)).toBeUndefined()
  })

  it('refuses the right token of a page whose key is none', () => {
    const admission = new Admission()
    expect(admission.admit({ key: '', token: admission.token })).toBeUndefined()
  })
})
