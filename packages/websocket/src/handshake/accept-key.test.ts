import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toHex } from '../testing/wire.ts'
import { acceptKey, newKey } from './accept-key.ts'
import { base64, isBase64Of16 } from './base64.ts'
import { sha1 } from './sha1.ts'

test('the key of RFC 6455 section 1.3 is answered as there', () => {
  expect(acceptKey('dGhlIHNhbXBsZSBub25jZQ==')).toBe('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
})

test('SHA-1 is that of the platform, at every length around a block', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255)
    expect(toHex(sha1(bytes))).toBe(createHash('sha1').update(bytes).digest('hex'))
  }
})

test('base64 is that of the platform', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(base64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
    }),
  )
})

test('a new key is 16 bytes in base64', () => {
  const key = newKey((bytes) => bytes.fill(0xfb))
  expect(key).toBe('+/v7+/v7+/v7+/v7+/v7+w==')
  expect(isBase64Of16(key)).toBe(true)
})

test.each([
  '',
  'AAAA',
  'dGhlIHNhbXBsZSBub25jZQ=',
  'dGhlIHNhbXBsZSBub25jZQ=-',
  'dGhlIHNhbXBsZSBub25j\u00e9Q==',
  `${'A'.repeat(25)}==`,
])('%j is no key', (key) => expect(isBase64Of16(key)).toBe(false))
