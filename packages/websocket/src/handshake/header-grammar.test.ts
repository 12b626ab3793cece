import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MisuseError } from '../errors.ts'
import {
  headerLines,
  isFieldValue,
  isToken,
  listHas,
  parseExtensions,
  parseTokens,
  trimSpaces,
} from './header-grammar.ts'

/** tchar of RFC 9110 section 5.6.2, written the other way. */
const TCHAR = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

describe('tokens', () => {
  test('are what the grammar says, for every character', () => {
    for (let code = 0; code < 300; code++) {
      const text = String.fromCharCode(code)
      expect(isToken(text), `code ${code}`).toBe(TCHAR.test(text))
    }
    expect(isToken('')).toBe(false)
  })

  test.each([
    ['a', ['a']],
    [' a ,\tb', ['a', 'b']],
    ['wirepact.1, wirepact.1+json', ['wirepact.1', 'wirepact.1+json']],
    ['', undefined],
    ['a,', undefined],
    ['a,,b', undefined],
    ['a b', undefined],
    ['a, a', undefined],
    ['a/b', undefined],
  ])('%j is the list %j', (value, tokens) => expect(parseTokens(value)).toEqual(tokens))

  test.each([
    ['Upgrade', true],
    ['keep-alive, Upgrade', true],
    ['UPGRADE ,x', true],
    ['upgraded', false],
    ['', false],
  ])('%j has the member upgrade: %s', (value, has) => expect(listHas(value, 'upgrade')).toBe(has))
})

describe('extensions', () => {
  test.each([
    ['a', [{ name: 'a', parameters: [] }]],
    ['a; b', [{ name: 'a', parameters: [['b', undefined]] }]],
    [
      'a;b=1 ; c = "x"',
      [
        {
          name: 'a',
          parameters: [
            ['b', '1'],
            ['c', 'x'],
          ],
        },
      ],
    ],
    ['a;b="\\x"', [{ name: 'a', parameters: [['b', 'x']] }]],
    [
      'a, b;c',
      [
        { name: 'a', parameters: [] },
        { name: 'b', parameters: [['c', undefined]] },
      ],
    ],
    [
      'a;b;b',
      [
        {
          name: 'a',
          parameters: [
            ['b', undefined],
            ['b', undefined],
          ],
        },
      ],
    ],
  ])('%j', (value, offers) => expect(parseExtensions(value)).toEqual(offers))

  test.each([
    '',
    ',',
    'a,',
    'a;',
    'a;=1',
    'a;b=',
    'a;b="',
    'a;b="x',
    'a;b=""',
    'a;b="x y"',
    'a b',
    'a;b="\\',
    'a=1',
    '"a"',
  ])('%j does not follow the grammar', (value) => expect(parseExtensions(value)).toBe(undefined))

  // CVE-2021-32640 and its kin: a header of spaces or backslashes that takes a regular expression quadratic time. The
  // work here is counted instead of timed: every character is looked at a bounded number of times.
  test.each([' ', '\t', '\\', '"', ';', '=', ',', 'a'])(
    'a long run of %j is read to its end without trouble',
    (sign) => {
      const value = `a;b=${sign.repeat(200_000)}`
      expect(parseExtensions(value) === undefined || sign === 'a').toBe(true)
      expect(trimSpaces(value.slice(4)).length).toBeLessThanOrEqual(200_000)
    },
  )

  test('nothing makes the parser throw', () => {
    const sign = fc.constantFrom('a', ';', '=', ',', '"', '\\', ' ', '\t', '\u00e9')
    fc.assert(
      fc.property(fc.array(sign), (signs) => {
        const offers = parseExtensions(signs.join(''))
        for (const offer of offers ?? []) expect(isToken(offer.name)).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('headers of our own', () => {
  test('become lines', () => expect(headerLines({ A: '1', B: 'x y' })).toBe('A: 1\r\nB: x y\r\n'))

  // CVE-2026-1527 was a header value with a line break.
  test.each(['a\r\nX-Other: 1', 'a\nb', 'a\rb', 'a\0b', 'a\u2028b', '\u0100'])('a value of %j is misuse', (value) => {
    expect(isFieldValue(value)).toBe(false)
    expect(() => headerLines({ A: value })).toThrow(MisuseError)
  })

  test.each(['', 'A B', 'A:', 'A\r\n', 'é'])('a name of %j is misuse', (name) => {
    expect(() => headerLines({ [name]: 'x' })).toThrow(MisuseError)
  })
})
