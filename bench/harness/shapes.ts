import { z } from 'zod'

// What travels: the same schemas for every subject that validates, the same values for all of them.

export const UnaryInput = z.object({ a: z.number(), b: z.string() })
export const UnaryOutput = z.object({ c: z.number(), d: z.string() })
export const BenchEvent = z.object({ id: z.number(), kind: z.string(), value: z.number() })

export const Reading = z.object({
  sensorId: z.string(),
  ts: z.number(),
  temperature: z.number(),
  humidity: z.number(),
  pressure: z.number(),
  battery: z.number(),
  status: z.string(),
  online: z.boolean(),
})
export const Readings = z.array(Reading)

export type UnaryInput = z.infer<typeof UnaryInput>
export type UnaryOutput = z.infer<typeof UnaryOutput>
export type BenchEvent = z.infer<typeof BenchEvent>
export type Reading = z.infer<typeof Reading>

/** What every handler does: as little as shows that it ran, and for which input. */
export function answerTo({ a, b }: UnaryInput): UnaryOutput {
  return { c: a + 1, d: b }
}

// Texts of one length (so that bytes can be compared) which are not always the same one (so that nobody wins with a
// cache of one entry).
const TEXTS = Array.from({ length: 64 }, (_, index) => `key${String(index).padStart(2, '0')}`)

/** The input of call number `n`. */
export function inputAt(n: number): UnaryInput {
  return { a: n & 0xffff, b: TEXTS[n & 63] ?? '' }
}

export function isAnswerTo({ a, b }: UnaryInput, { c, d }: UnaryOutput): boolean {
  return c === a + 1 && d === b
}

/** Event number `id`. Eighths are exact and short in text, and need eight bytes in binary. */
export function eventAt(id: number): BenchEvent {
  return { id, kind: 'reading', value: (id % 1000) / 8 }
}

export function isEventAt(id: number, event: BenchEvent): boolean {
  return event.id === id && event.kind === 'reading' && event.value === (id % 1000) / 8
}

/** What is asked for by W3: ten readings, about 1 KiB as JSON. They say which call they answer. */
export function readingsFor({ a, b }: UnaryInput): Reading[] {
  return Array.from({ length: 10 }, (_, index) => ({
    sensorId: `${b}-${index}`,
    ts: 1_700_000_000_000 + a * 10 + index,
    temperature: 20 + index / 8,
    humidity: 40 + index / 4,
    pressure: 1013.25,
    battery: 100 - index,
    status: 'nominal',
    online: index !== 3,
  }))
}

/** The first and the last are looked at: that costs every subject the same, and little. */
export function areReadingsFor({ a, b }: UnaryInput, readings: readonly Reading[]): boolean {
  const last = readings[9]
  return (
    readings.length === 10 &&
    readings[0]?.sensorId === `${b}-0` &&
    last?.ts === 1_700_000_000_009 + a * 10 &&
    last.status === 'nominal' &&
    last.online
  )
}
