// The contract that the baseline is measured with: what W2, W3, W4 and W10 of the bench send.
import { contract, event, procedure } from '@wirepact/contract'
import { z } from 'zod'

const Input = z.object({ a: z.number(), b: z.string() })
const Reading = z.object({
  sensorId: z.string(),
  ts: z.number(),
  temperature: z.number(),
  humidity: z.number(),
  pressure: z.number(),
  battery: z.number(),
  status: z.string(),
  online: z.boolean(),
})
const Item = z.object({ id: z.number(), kind: z.string(), value: z.number() })

export const workload = contract({
  server: {
    answer: procedure({ input: Input, output: z.object({ c: z.number(), d: z.string() }) }),
    history: procedure({ input: Input, output: z.array(Reading) }),
    items: procedure({ input: z.number(), yields: Item, output: z.number() }),
  },
  events: { reading: event({ payload: Item, onGap: 'error' }) },
})

export const handlers = {
  answer: ({ input }) => ({ c: input.a + 1, d: input.b }),
  history: ({ input }) => Array.from({ length: 10 }, (_, index) => readingAt(input.a * 10 + index)),
  *items({ input }) {
    for (let n = 0; n < input; n++) yield itemAt(n)
    return input
  },
}

/** Texts of one length: bytes can be compared. */
export function inputAt(n) {
  return { a: n & 0xffff, b: `key${String(n & 63).padStart(2, '0')}` }
}

export function itemAt(n) {
  return { id: 1_000_000 + n, kind: 'reading', value: (n % 1000) / 8 }
}

function readingAt(n) {
  return {
    sensorId: `key-${n % 10}`,
    ts: 1_700_000_000_000 + n,
    temperature: 20 + (n % 10) / 8,
    humidity: 40.25,
    pressure: 1013.25,
    battery: 100 - (n % 10),
    status: 'nominal',
    online: n % 10 !== 3,
  }
}
