/** Time in milliseconds that a test moves; timers fire in order. */
export function manualClock() {
  let now = 0
  const timers = new Set<{ readonly at: number; readonly task: () => void }>()
  return {
    now: () => now,
    schedule(delayMs: number, task: () => void) {
      const timer = { at: now + delayMs, task }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    get pending() {
      return timers.size
    },
    moveTo(end: number) {
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
        if (next === undefined) break
        timers.delete(next)
        now = Math.max(now, next.at)
        next.task()
      }
      now = end
    },
    /** Time passes and nothing happens in it: a process that was stopped. Timers that were due fire afterwards. */
    sleep(ms: number) {
      now += ms
      const due = [...timers].filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)
      for (const timer of due) if (timers.delete(timer)) timer.task()
    },
  }
}
