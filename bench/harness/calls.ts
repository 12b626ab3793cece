import { inputAt, isAnswerTo, type UnaryInput, type UnaryOutput } from './shapes.ts'
import type { Work } from './workload.ts'

/** What is called, and how an answer is recognised as that of its own input. */
export interface Calls<Input, Output> {
  readonly call: (input: Input) => Promise<Output>
  readonly inputAt: (n: number) => Input
  readonly isAnswerTo: (input: Input, output: Output) => boolean
}

/**
 * Keeps so many calls in flight for so long. Counts only calls that were answered, each with the answer to its own
 * input; throws at the first one that was not.
 */
export function callUntil(
  call: (input: UnaryInput) => Promise<UnaryOutput>,
  inFlight: number,
  milliseconds: number,
): Promise<Work> {
  return askUntil({ call, inputAt, isAnswerTo }, inFlight, milliseconds)
}

/** The same for any kind of call. */
export async function askUntil<Input, Output>(
  { call, inputAt, isAnswerTo }: Calls<Input, Output>,
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
