import { describe, expect, it } from 'vitest'
import { settingsOf } from './options.ts'
import { connectionOptions } from './servers.ts'

const servers = 'nats://localhost'

describe('options that make no sense', () => {
  it.each([
    [{ recordsPerTopic: 0 }, /recordsPerTopic must be at least 1/],
    [{ ageMs: 10 }, /ageMs must be at least 1000/],
    [{ dedupeMs: 500 }, /dedupeMs must be at least 1000/],
    [{ dedupeMs: 60_000, ageMs: 30_000 }, /dedupeMs must be at most ageMs/],
    [{ timeoutMs: Number.NaN }, /timeoutMs/],
    [{ totalBytes: Number.POSITIVE_INFINITY }, /totalBytes/],
    [{ name: 'a.b' }, /name must be/],
    [{ name: '' }, /name must be/],
    [{ replicas: 6 }, /replicas must be a whole number from 1 to 5/],
    [{ storage: 'tape' as 'file' }, /storage must be/],
  ])('%j', (options, says) => expect(() => settingsOf({ servers, ...options })).toThrow(says))

  it('an age shorter than the default window takes the window with it', () => {
    expect(settingsOf({ servers, ageMs: 30_000 }).dedupeMs).toBe(30_000)
  })
})

describe('servers as URLs', () => {
  it.each<[string | string[], object]>([
    ['nats://localhost', { servers: ['localhost:4222'] }],
    ['engine.example:1234', { servers: ['engine.example:1234'] }],
    ['nats://[::1]:5', { servers: ['[::1]:5'] }],
    [['nats://a', 'nats://b:1'], { servers: ['a:4222', 'b:1'] }],
    ['nats://a, nats://b', { servers: ['a:4222', 'b:4222'] }],
    ['nats://ada:s%40crate@a', { servers: ['a:4222'], user: 'ada', pass: 's@crate' }],
    ['nats://token@a', { servers: ['a:4222'], token: 'token' }],
    ['tls://a', { servers: ['a:4222'], tls: {} }],
  ])('%j', (given, expected) => expect(connectionOptions({ servers: given })).toMatchObject(expected))

  it('without user or TLS there is none', () => {
    expect(Object.keys(connectionOptions({ servers }))).not.toContain('user')
    expect(Object.keys(connectionOptions({ servers }))).not.toContain('tls')
  })

  it('`connection` has the last word', () => {
    expect(connectionOptions({ servers, connection: { pingInterval: 1 } })).toMatchObject({ pingInterval: 1 })
  })

  it.each(['', 'http://a', 'nats://', 'redis://a'])('%j is refused', (given) => {
    expect(() => connectionOptions({ servers: given })).toThrow(/servers must be URLs like/)
  })

  it('what cannot be one connection is refused, and no password is said', () => {
    expect(() => connectionOptions({ servers: ['nats://u:p@a', 'nats://b'] })).toThrow(/the same user/)
    expect(() => connectionOptions({ servers: [] })).toThrow(/at least one/)
    expect(() => connectionOptions({ servers: 'nats://ada:se%zzcret@a' })).toThrow(/percent-encoded/)
    expect(() => connectionOptions({ servers: 'nats://ada:secret@a:port' })).not.toThrow(/secret/)
  })
})
