import type { UpgradeRequest } from '@wirepact/websocket/node'
import { describe, expect, it } from 'vitest'
import { type HostPolicy, hostRefusal } from './host.ts'

function allows(host: string, policy?: HostPolicy, more: Partial<UpgradeRequest> = {}): boolean {
  const request: UpgradeRequest = {
    ...{ url: '/', path: '/', headers: {}, origin: undefined, host, protocols: [], hasCookies: false },
    ...{ remoteAddress: '127.0.0.1', secure: false, ...more },
  }
  return hostRefusal(request, policy) === undefined
}

describe('from this machine, without a list', () => {
  it.each([
    ['localhost', true],
    ['LOCALHOST:3000', true],
    ['app.localhost:3000', true],
    ['127.0.0.1:3000', true],
    ['192.168.1.7:3000', true],
    ['[::1]:3000', true],
    ['localhost.', true],
    ['rebound.example:3000', false],
    ['rebound.example', false],
    ['notlocalhost', false],
    ['127.0.0.1.rebound.example', false],
    ['localhost.rebound.example', false],
    ['', false],
  ])('a request for %s is let in: %s', (host, expected) => {
    expect(allows(host)).toBe(expected)
  })

  it('one over IPv6 is judged alike, one from elsewhere is not', () => {
    expect(allows('rebound.example', undefined, { remoteAddress: '::1' })).toBe(false)
    expect(allows('rebound.example', undefined, { remoteAddress: '::ffff:127.0.0.1' })).toBe(false)
    expect(allows('app.example', undefined, { remoteAddress: '203.0.113.9' })).toBe(true)
  })

  it.each(['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip'])(
    'a proxy that says so (%s) may ask for any name',
    (header) => {
      expect(allows('app.example', undefined, { headers: { [header]: '203.0.113.9' } })).toBe(true)
    },
  )
})

describe('with a list', () => {
  it('only its names, and those of this machine, are served, wherever the request comes from', () => {
    const policy = ['App.example']
    expect([allows('app.example:443', policy), allows('localhost:3000', policy)]).toEqual([true, true])
    expect(allows('other.example', policy, { remoteAddress: '203.0.113.9' })).toBe(false)
    expect(allows('other.example', policy, { headers: { 'x-forwarded-for': '203.0.113.9' } })).toBe(false)
  })

  it('any means any', () => expect(allows('rebound.example', 'any')).toBe(true))
})
