/**
 * How many messages may be compressed or inflated in Node's thread pool at the same time, in the whole process. The pool
 * has four threads unless told otherwise, and files, DNS and crypto want some of them; more jobs than threads would only
 * hold more memory at once.
 */
const AT_ONCE = 2

let running = 0
const waiting: (() => void)[] = []
/** First in `waiting` not yet served; an index instead of `shift`, which would move the rest. */
let next = 0

/** Run the job when it is its turn. */
export async function inTurn<Result>(job: () => Promise<Result>): Promise<Result> {
  if (running >= AT_ONCE) await new Promise<void>((resolve) => waiting.push(resolve))
  // Whoever ends hands its place on, so that nobody who comes now can take it.
  else running++
  try {
    return await job()
  } finally {
    pass()
  }
}

function pass(): void {
  if (next === waiting.length) {
    waiting.length = 0
    next = 0
    running--
    return
  }
  waiting[next++]!()
}
