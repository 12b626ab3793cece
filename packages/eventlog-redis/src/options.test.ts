import { describe, expect, it } from 'vitest'
import { type RedisLogOptions, settingsOf } from './options.ts'

const url = 'redis://localhost'

describe('options', () => {
  it('have defaults', () => {
    expect(settingsOf({ url })).toMatchObject({
      ...{ urls: [url], cluster: false, prefix: 'wirepact', durable: false },
      ...{ timeoutMs: 4_000, maxWaiting: 10_000, recordsPerTopic: 10_000, compareMs: 5_000 },
    })
    expect(['', '/', '/0', '/7'].map((path) => settingsOf({ url: url + path }).database)).toEqual([0, 0, 0, 7])
    expect(settingsOf({ url: 'rediss://u:p%2F1@localhost:1/12' }).database).toBe(12)
    expect(settingsOf({ url: [url] }).cluster).toBe(true)
    expect(settingsOf({ url, recordsPerTopic: Number.POSITIVE_INFINITY }).recordsPerTopic).toBe(1e12)
    expect(settingsOf({ url, ageMs: 1e10 }).forgetMs).toBe(2e10)
  })

  it.each<[string, Partial<RedisLogOptions>]>([
    ['url', { url: 'http://localhost' }],
    ['url', { url: [] }],
    ['tls', { tls: {} }],
    ['prefix', { prefix: 'a{b}' }],
    ['prefix', { prefix: '' }],
    ['timeoutMs', { timeoutMs: 0 }],
    ['recordsPerTopic', { recordsPerTopic: Number.NaN }],
    ['maxWaitingBytes', { maxWaitingBytes: -1 }],
  ])('%s that makes no sense throws at once, with its name', (name, options) => {
    expect(() => settingsOf({ url, ...options })).toThrow(new RegExp(`^${name}`))
  })

  it('a password in a URL is not repeated', () => {
    expect(() => settingsOf({ url: 'http://user:secret@localhost' })).toThrow(/^(?!.*secret)/)
  })
})
