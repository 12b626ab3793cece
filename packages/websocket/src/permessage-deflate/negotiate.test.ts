/** RFC 7692 section 7.1, both sides. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExtensions } from '../handshake/header-grammar.ts'
import { acceptDeflate, checkDeflate, offerDeflate } from './negotiate.ts'
import { type DeflateOptions, resolveDeflate } from './parameters.ts'

const NOT = { sendTakeover: false }
const TAKEOVER = { sendTakeover: true, receiveTakeover: true }

function accept(offers: string, options: DeflateOptions = TAKEOVER) {
  return acceptDeflate(parseExtensions(offers)!, resolveDeflate(options))
}

function check(answer: string, options: DeflateOptions = TAKEOVER) {
  return checkDeflate(parseExtensions(answer)!, resolveDeflate(options))
}

/** Offer, the server's options, its answer (undefined: declined), and what it agreed to. */
const OFFERS: readonly (readonly [
  offer: string,
  options: DeflateOptions,
  answer: string | undefined,
  agreed?: string,
])[] = [
  ['permessage-deflate', TAKEOVER, 'permessage-deflate', 'send 15 takeover, receive 15 takeover'],
  [
    'permessage-deflate',
    NOT,
    'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    'send 15, receive 15',
  ],
  ['x-webkit-deflate-frame', {}, undefined],
  [
    'permessage-deflate; server_no_context_takeover',
    TAKEOVER,
    'permessage-deflate; server_no_context_takeover',
    'send 15, receive 15 takeover',
  ],
  // A hint that the client will not use it anyway (section 7.1.1.2); saying so frees our memory too.
  [
    'permessage-deflate; client_no_context_takeover',
    TAKEOVER,
    'permessage-deflate; client_no_context_takeover',
    'send 15 takeover, receive 15',
  ],
  ...[8, 9, 10, 11, 12, 13, 14, 15].map(
    (bits) =>
      [
        `permessage-deflate; server_max_window_bits=${bits}`,
        TAKEOVER,
        `permessage-deflate; server_max_window_bits=${bits}`,
        `send ${bits} takeover, receive 15 takeover`,
      ] as const,
  ),
  ...[8, 9, 10, 11, 12, 13, 14].map(
    (bits) =>
      [
        `permessage-deflate; client_max_window_bits=${bits}`,
        TAKEOVER,
        `permessage-deflate; client_max_window_bits=${bits}`,
        `send 15 takeover, receive ${bits} takeover`,
      ] as const,
  ),
  [
    'permessage-deflate; client_max_window_bits',
    TAKEOVER,
    'permessage-deflate',
    'send 15 takeover, receive 15 takeover',
  ],
  [
    'permessage-deflate; client_max_window_bits',
    { ...TAKEOVER, receiveWindowBits: 10 },
    'permessage-deflate; client_max_window_bits=10',
    'send 15 takeover, receive 10 takeover',
  ],
  [
    'permessage-deflate; client_max_window_bits=9; server_max_window_bits=12',
    { ...TAKEOVER, receiveWindowBits: 10, sendWindowBits: 11 },
    'permessage-deflate; server_max_window_bits=11; client_max_window_bits=9',
    'send 11 takeover, receive 9 takeover',
  ],
  // A server may limit itself unasked (section 7.1.2.1), but a client only if it said it could (section 7.1.2.2).
  [
    'permessage-deflate',
    { ...TAKEOVER, sendWindowBits: 9 },
    'permessage-deflate; server_max_window_bits=9',
    'send 9 takeover, receive 15 takeover',
  ],
  ['permessage-deflate', { receiveWindowBits: 9 }, undefined],
  ['permessage-deflate; server_max_window_bits="10"', TAKEOVER, 'permessage-deflate; server_max_window_bits=10'],
  // Invalid offers are declined, and the next one counts.
  ['permessage-deflate; server_no_context_takeover=true', {}, undefined],
  ['permessage-deflate; client_no_context_takeover=1', {}, undefined],
  ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', {}, undefined],
  ['permessage-deflate; client_max_window_bits; client_max_window_bits=10', {}, undefined],
  ['permessage-deflate; server_max_window_bits', {}, undefined],
  ['permessage-deflate; unknown', {}, undefined],
  ['permessage-deflate; Server_No_Context_Takeover', {}, undefined],
  ...['7', '16', '0', '-8', '08', '8.0', '1e1', '0xA', '', '９'].map(
    (bits) => [`permessage-deflate; server_max_window_bits=${bits || '"10'}`, {}, undefined] as const,
  ),
  ...['7', '16', '010'].map((bits) => [`permessage-deflate; client_max_window_bits=${bits}`, {}, undefined] as const),
  [
    'permessage-deflate; server_max_window_bits=7, x, permessage-deflate; server_max_window_bits=9, permessage-deflate',
    TAKEOVER,
    'permessage-deflate; server_max_window_bits=9',
    'send 9 takeover, receive 15 takeover',
  ],
]

function describeAgreement(agreed: ReturnType<typeof check>): string {
  if (typeof agreed !== 'object') return String(agreed)
  const side = (bits: number, takeover: boolean) => `${bits}${takeover ? ' takeover' : ''}`
  const { sendWindowBits, sendTakeover, receiveWindowBits, receiveTakeover } = agreed
  return `send ${side(sendWindowBits, sendTakeover)}, receive ${side(receiveWindowBits, receiveTakeover)}`
}

test.each(OFFERS.map(([offer, options, answer, agreed]) => [offer, options, answer, agreed] as const))(
  'the offer %s to a server with %o gets %s',
  (offer, options, answer, agreed) => {
    const offers = parseExtensions(offer)
    // What does not even follow the grammar is refused before, with 400.
    const accepted = offers === undefined ? undefined : acceptDeflate(offers, resolveDeflate(options))
    expect(accepted?.answer).toBe(answer)
    if (agreed !== undefined) expect(describeAgreement(accepted!.agreement)).toBe(agreed)
  },
)

/** The client's options, its offer, then answers and what comes of them. */
const ANSWERS: readonly (readonly [options: DeflateOptions, answer: string, result: string])[] = [
  [TAKEOVER, 'permessage-deflate', 'send 15 takeover, receive 15 takeover'],
  [TAKEOVER, 'permessage-deflate; server_no_context_takeover', 'send 15 takeover, receive 15'],
  [TAKEOVER, 'permessage-deflate; client_no_context_takeover', 'send 15, receive 15 takeover'],
  [TAKEOVER, 'permessage-deflate; client_max_window_bits=8', 'send 8 takeover, receive 15 takeover'],
  [TAKEOVER, 'permessage-deflate; server_max_window_bits=8', 'send 15 takeover, receive 8 takeover'],
  [
    { ...TAKEOVER, sendWindowBits: 10 },
    'permessage-deflate; client_max_window_bits=12',
    'send 10 takeover, receive 15 takeover',
  ],
  [{}, 'permessage-deflate; server_no_context_takeover', 'send 15 takeover, receive 15'],
  [NOT, 'permessage-deflate; server_no_context_takeover', 'send 15, receive 15'],
  [
    { ...TAKEOVER, receiveWindowBits: 9 },
    'permessage-deflate; server_max_window_bits=9',
    'send 15 takeover, receive 9 takeover',
  ],
  [TAKEOVER, 'other', 'undefined'],
  [{}, 'permessage-deflate', 'the server ignored server_no_context_takeover'],
  [{ ...TAKEOVER, receiveWindowBits: 9 }, 'permessage-deflate', 'the server ignored server_max_window_bits'],
  [{ ...TAKEOVER, receiveWindowBits: 9 }, 'permessage-deflate; server_max_window_bits=10', 'the server ignored'],
  [TAKEOVER, 'permessage-deflate, permessage-deflate', 'the server accepted permessage-deflate more than once'],
  [TAKEOVER, 'permessage-deflate; client_max_window_bits', 'client_max_window_bits has no value'],
  [
    TAKEOVER,
    'permessage-deflate; unknown',
    'the server accepted permessage-deflate with parameters that are not valid',
  ],
  [TAKEOVER, 'permessage-deflate; server_max_window_bits=16', 'the server accepted permessage-deflate with parameters'],
  [TAKEOVER, 'permessage-deflate; server_max_window_bits=7', 'the server accepted permessage-deflate with parameters'],
  [
    TAKEOVER,
    'permessage-deflate; client_max_window_bits=1000',
    'the server accepted permessage-deflate with parameters',
  ],
  [
    TAKEOVER,
    'permessage-deflate; server_no_context_takeover; server_no_context_takeover',
    'the server accepted permessage-deflate with parameters',
  ],
]

test.each(ANSWERS)('a client with %o takes the answer %s as: %s', (options, answer, result) => {
  expect(describeAgreement(check(answer, options))).toContain(result)
})

describe('a client offers', () => {
  test.each([
    [{}, 'permessage-deflate; server_no_context_takeover; client_max_window_bits'],
    [NOT, 'permessage-deflate; server_no_context_takeover; client_no_context_takeover; client_max_window_bits'],
    [TAKEOVER, 'permessage-deflate; client_max_window_bits'],
    [
      { ...TAKEOVER, sendWindowBits: 9, receiveWindowBits: 10 },
      'permessage-deflate; server_max_window_bits=10; client_max_window_bits=9',
    ],
  ])('with %o: %s', (options, offer) => {
    expect(offerDeflate(resolveDeflate(options))).toBe(offer)
  })
})

test('window bits outside 8–15 are a mistake of the program', () => {
  for (const bits of [7, 16, 9.5, Number.NaN]) {
    expect(() => resolveDeflate({ sendWindowBits: bits })).toThrow('from 8 to 15')
    expect(() => resolveDeflate({ receiveWindowBits: bits })).toThrow('from 8 to 15')
  }
})

test('whatever both sides wish for, they end with the same agreement seen from two sides', () => {
  const bits = fc.integer({ min: 8, max: 15 })
  const options = fc.record({
    sendTakeover: fc.boolean(),
    receiveTakeover: fc.boolean(),
    sendWindowBits: bits,
    receiveWindowBits: bits,
  })
  fc.assert(
    fc.property(options, options, (client, server) => {
      const accepted = accept(offerDeflate(resolveDeflate(client)), server)!
      expect(check(accepted.answer, client)).toEqual({
        sendTakeover: accepted.agreement.receiveTakeover,
        receiveTakeover: accepted.agreement.sendTakeover,
        sendWindowBits: accepted.agreement.receiveWindowBits,
        receiveWindowBits: accepted.agreement.sendWindowBits,
      })
    }),
  )
})
