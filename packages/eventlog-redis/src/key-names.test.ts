import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyNames } from './key-names.ts'

const names = new KeyNames('wirepact', 0)

/** CRC16 (XMODEM) of the hash tag, as https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/ has it. */
function slotOf(key: string): number {
  const begin = key.indexOf('{')
  const end = key.indexOf('}', begin + 1)
  const tag = begin >= 0 && end > begin + 1 ? key.slice(begin + 1, end) : key
  let crc = 0
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? ((crc << 1) ^ 0x1021) & 0xffff : (crc << 1) & 0xffff
  }
  return crc % 16_384
}

function keysOf(topic: string, key: string): string[] {
  const keys = names.topic(topic)
  return [keys.state, keys.records, keys.channel, names.producer(keys, 'p'), names.dedupe(keys, key)]
}

/** Any string, and often those that look like something: braces, globs, escapes, lone surrogates, long ones. */
const anyName = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom(
      '{',
      '}',
      '*',
      '?',
      '[',
      ']',
      '\\',
      '%',
      ':',
      '/',
      'u',
      '0',
      'a',
      ' ',
      '\n',
      '\ud800',
      '\udc00',
    ),
  }),
  fc.string({ minLength: 195, maxLength: 400 }),
)

describe('keys of the engine', () => {
  it('the slot is that of the specification', () => {
    expect(slotOf('123456789')).toBe(0x31c3)
    expect(slotOf('{user1000}.following')).toBe(slotOf('{user1000}.followers'))
  })

  it('all keys of a topic are in one slot, and none of them is a pattern', () => {
    fc.assert(
      fc.property(anyName, anyName, (topic, key) => {
        const keys = keysOf(topic, key)
        expect(new Set(keys.map(slotOf)).size).toBe(1)
        for (const each of keys) expect(each).toMatch(/^wirepact\{t\/[\w.~%-]*\}(:[rlpk]?[\w.~%:-]*)?$/)
      }),
    )
  })

  it('two topics, keys or values have no key in common', () => {
    fc.assert(
      fc.property(anyName, anyName, anyName, (one, other, key) => {
        if (one === other) return
        const [ones, others] = [keysOf(one, key), keysOf(other, key)]
        expect(ones.filter((each) => others.includes(each))).toEqual([])
        expect(names.value(one)).not.toBe(names.value(other))
        const topic = names.topic(key)
        expect(names.dedupe(topic, one)).not.toBe(names.dedupe(topic, other))
      }),
    )
  })

  it.each([
    ['readings', 'wirepact{t/readings}'],
    ['', 'wirepact{t/}'],
    ['a b}{*', 'wirepact{t/a%20b%7d%7b%2a}'],
    ['ü€\u{1f4c8}', 'wirepact{t/%fc%u20ac%ud83d%udcc8}'],
    ['\ud800', 'wirepact{t/%ud800}'],
  ])('%j is kept under %s', (topic, state) => {
    expect(names.topic(topic).state).toBe(state)
  })

  it('channels, which all databases share, are those of one', () => {
    expect(names.topic('a').channel).toBe('wirepact{t/a}:l')
    expect(new KeyNames('wirepact', 3).topic('a')).toEqual({ ...names.topic('a'), channel: 'wirepact{t/a}:l3' })
  })

  it('long names have short keys, and values and their history are in one slot', () => {
    expect(names.topic('x'.repeat(10_000)).records.length).toBeLessThan(80)
    const [state, records] = names.history()
    expect(new Set([state, records, names.value('a'), names.value('')].map(slotOf)).size).toBe(1)
    expect([names.value(''), names.value(':'), names.value(':r')]).not.toContain(state)
  })
})
