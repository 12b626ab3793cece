import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { BinaryCodec } from './binary-codec.ts'
import { JsonCodec } from './json-codec.ts'
import { publicLimits } from './limits.ts'
import { Kind, kindNames, type Message } from './message.ts'
import { acceptedVectors, fromHex, messageVectors, refusedVectors, toHex, valueVectors } from './testing/vectors.ts'
import { ValueCodec } from './value-codec.ts'
import { ProtocolViolation } from './violation.ts'

const binary = new BinaryCodec(publicLimits)
const values = new ValueCodec(publicLimits)
const json = new JsonCodec(publicLimits)

/** Decodes from the middle of a larger buffer, as messages arrive. */
function decodeHex(hex: string): Message {
  const bytes = fromHex(`ffff${hex}ff`)
  return binary.decode(bytes, 2, bytes.length - 1)
}

function encodeHex(message: Message): string {
  const { bytes, start, end } = binary.encode(message)
  return toHex(bytes.subarray(start, end))
}

describe('vectors of messages', () => {
  it.each(messageVectors)('$name', ({ hex, json: text }) => {
    const message = json.decode(JSON.stringify(text))
    expect(encodeHex(message)).toBe(hex)
    expect(decodeHex(hex)).toEqual(message)
    expect(JSON.parse(json.encode(decodeHex(hex)))).toEqual(text)
  })

  it('show every kind', () => {
    const shown = new Set(messageVectors.map(({ hex }) => kindNames[Number.parseInt(hex.slice(0, 2), 16) & 31]))
    expect([...shown].sort()).toEqual(Object.keys(Kind).sort())
  })

  it('take 8 bytes for the counter call and 10 for its reply', () => {
    expect(encodeHex({ kind: Kind.call, id: 1, method: 0, input: { by: 1 } })).toHaveLength(2 * 8)
    expect(encodeHex({ kind: Kind.result, id: 1, output: { value: 2 } })).toHaveLength(2 * 10)
  })
})

describe('vectors of values', () => {
  it.each(valueVectors)('$name', ({ hex, json: text }) => {
    const bytes = fromHex(hex)
    const value = json.decodeValue(JSON.stringify(text))
    expect(toHex(values.encodeValue(value))).toBe(hex)
    expect(values.decodeValue(bytes, 0, bytes.length)).toStrictEqual(value)
    expect(JSON.parse(json.encodeValue(values.decodeValue(bytes, 0, bytes.length)))).toEqual(text)
  })
})

describe('vectors of what is accepted', () => {
  it.each(acceptedVectors)('$name', ({ hex, text, json: meaning }) => {
    const message = hex === undefined ? json.decode(text as string) : decodeHex(hex)
    expect(message).toEqual(json.decode(JSON.stringify(meaning)))
  })
})

describe('vectors of what is refused', () => {
  it.each(refusedVectors)('$close: $name', ({ hex, text, close }) => {
    const decode = () => (hex === undefined ? json.decode(text as string) : decodeHex(hex))
    expect(decode).toThrow(ProtocolViolation)
    expect(decode).toThrow(expect.objectContaining({ closeCode: close }))
  })
})

describe('PROTOCOL.md', () => {
  const document = readFileSync(new URL('../PROTOCOL.md', import.meta.url), 'utf8')
  // An example is a block of two lines: the bytes, and the same message in the JSON form.
  const examples = [...document.matchAll(/```example\n([0-9a-f ]+)\n(.+)\n```/g)].map(([, hex, text]) => ({
    hex: (hex as string).replaceAll(' ', ''),
    text: text as string,
  }))

  it('has an example under the heading of every kind', () => {
    for (const name of Object.keys(Kind)) {
      const section = document.split(`\n### ${name} `)[1]?.split('\n##')[0] ?? ''
      expect(section, `the section of ${name}`).toContain('```example')
    }
  })

  it.each(examples)('$text', ({ hex, text }) => {
    const vector = [...messageVectors, ...valueVectors].find((candidate) => candidate.hex === hex)
    expect(vector?.json).toEqual(JSON.parse(text))
  })

  it('has no example in another form', () => {
    expect(document.match(/```example/g)).toHaveLength(examples.length)
  })
})
