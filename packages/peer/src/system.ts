import type { Clock } from './clock.ts'

/** The platform's own clock and timers. */
export const systemClock: Clock = {
  now: () => performance.now(),
  schedule(delayMs, task) {
    // setTimeout takes anything above 2^31 - 1 ms, such as Infinity, for 1 ms.
    const timer = setTimeout(task, Math.min(delayMs, 0x7fff_ffff))
    return () => clearTimeout(timer)
  },
}
