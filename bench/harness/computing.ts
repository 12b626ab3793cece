import type { UnaryInput, UnaryOutput } from './shapes.ts'

/** About 50 µs of a core. So many steps, not so much time: time would pass also for who waits for a core. */
const STEPS = 40_000

/** Answers as `answerTo` does, after some work. */
export function computeFor({ a, b }: UnaryInput): UnaryOutput {
  // Xorshift: it never comes to 0, but nothing that compiles it knows.
  let state = a | 1
  for (let step = 0; step < STEPS; step++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
  }
  return { c: state === 0 ? 0 : a + 1, d: b }
}
