import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii } from '../testing/wire.ts'
import { dechunk } from './http-body.ts'
import { fieldValue, HeadReader, parseHead } from './http-head.ts'

const HEAD = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nX: a\r\nx:  b \r\n\r\n'

describe('the reader', () => {
  test('finds the end of the head and what follows it, however the bytes are cut', () => {
    const bytes = ascii(`${HEAD}rest`)
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (size) => {
        const reader = new HeadReader()
        for (let at = 0; at < bytes.length; at += size) {
          const end = reader.push(bytes.subarray(at, at + size))
          if (end === 'more') continue
          expect(at + Number(end)).toBe(HEAD.length)
          expect(fieldValue(reader.head()!.fields, 'x')).toBe('a, b')
          return
        }
        expect.unreachable('the head has an end')
      }),
    )
  })

  test('a lone CR before the end does not hide it', () => {
    expect(new HeadReader().push(ascii('A\r\r\n\r\nx'))).toBe(6)
    expect(new HeadReader().push(ascii('A\r\n\r\r\n\r\nx'))).toBe(8)
  })

  test('gives up at its limit, at once and over several chunks', () => {
    expect(new HeadReader({ bytes: 10, fields: 5 }).push(ascii('0123456789'))).toBe('too-large')
    const reader = new HeadReader({ bytes: 10, fields: 5 })
    expect(reader.push(ascii('012345'))).toBe('more')
    expect(reader.push(ascii('6789'))).toBe('too-large')
  })

  test('a head of exactly the limit passes', () => {
    expect(new HeadReader({ bytes: 9, fields: 5 }).push(ascii('GET /\r\n\r\n'))).toBe(9)
  })
})

describe('the parser', () => {
  test('keeps the first line and every value, names in lower case', () => {
    const head = parseHead(HEAD)!
    expect(head.startLine).toBe('HTTP/1.1 101 Switching Protocols')
    expect([...head.fields]).toEqual([
      ['upgrade', ['websocket']],
      ['x', ['a', 'b']],
    ])
  })

  test('names of the peer never meet an object', () => {
    expect(parseHead('X\r\n__proto__: a\r\nconstructor: b\r\n\r\n')!.fields.get('__proto__')).toEqual(['a'])
  })

  test.each([
    ['a field without a colon', 'X\r\nabc\r\n\r\n'],
    ['a space before the colon', 'X\r\nabc : d\r\n\r\n'],
    ['a folded line', 'X\r\na: b\r\n c\r\n\r\n'],
    ['a bare line feed', 'X\r\na: b\nc: d\r\n\r\n'],
    ['a NUL', 'X\r\na: b\0\r\n\r\n'],
    ['an empty name', 'X\r\n: b\r\n\r\n'],
    ['no end', 'X'],
  ])('refuses %s', (_name, text) => expect(parseHead(text)).toBe(undefined))

  test('refuses more fields than the limit', () => {
    const text = `X\r\n${'a: b\r\n'.repeat(101)}\r\n`
    expect(parseHead(text)).toBe(undefined)
    expect(parseHead(text, 101)).toBeDefined()
  })
})

describe('a chunked body', () => {
  test.each([
    ['4\r\nabcd\r\n2;x=y\r\nef\r\n0\r\n\r\n', 'abcdef'],
    ['4\r\nab', 'ab'],
    ['zz\r\nab', ''],
    ['', ''],
    ['-4\r\nabcd', ''],
  ])('%j reads as %j', (text, body) => expect(dechunk(text)).toBe(body))
})
