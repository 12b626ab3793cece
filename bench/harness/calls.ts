import { inputAt, isAnswerTo, type UnaryInput, type UnaryOutput } from './shapes.ts'
import type { Work } from './workload.ts'

/**
 * Keeps so many calls in flight for so long. Counts only calls that were answered, each with the answer to its own
 * input; throws at the first one that was not.
 */
export async function callUntil(
  call: (input: UnaryInput) => Promise<UnaryOutput>,
  inFlight: number,
  milliseconds: number,
): Promise<Work> {
  let begun = 0
  let answered = 0
  let over = false
  const caller = async () => {
    while (!over) {
      const input = inputAt(begun++)
      const output = await call(input)
      if (!isAnswerTo(input, output)) throw new Error(`${JSON.stringify(output)} answers ${JSON.stringify(input)}`)
      answered++
    }
  }
  const started = performance.now()
  // A timer, not a look at the clock after every call: that would cost every subject the same, and so favour the slow.
  const timer = setTimeout(() => {
    over = true
  }, milliseconds)
  try {
    await Promise.all(Array.from({ length: inFlight }, caller))
  } finally {
    clearTimeout(timer)
    over = true
  }
  return { amount: answered, seconds: (performance.now() - started) / 1000 }
}
