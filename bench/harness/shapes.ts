import { z } from 'zod'

// What travels: the same schemas for every subject that validates, the same values for all of them.

export const UnaryInput = z.object({ a: z.number(), b: z.string() })
export const UnaryOutput = z.object({ c: z.number(), d: z.string() })
export const BenchEvent = z.object({ id: z.number(), kind: z.string(), value: z.number() })

export type UnaryInput = z.infer<typeof UnaryInput>
export type UnaryOutput = z.infer<typeof UnaryOutput>
export type BenchEvent = z.infer<typeof BenchEvent>

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
