import type { Times, Workload } from './workload.ts'

/** Starting two processes, connecting, ending them, on a quiet machine. */
const AROUND_A_ROUND_MS = 700

/** What one round of one subject takes on a quiet machine, in ms. */
export function stepMs(workload: Pick<Workload, 'lasts'>, times: Times): number {
  return AROUND_A_ROUND_MS + (workload.lasts?.(times) ?? times.warmUpMs + times.measureMs)
}

/** How far a run is. */
export class Progress {
  readonly expectedMs: number
  readonly #started: number
  #done = 0

  /** @param now the time in ms, by the same clock as later ones */
  constructor(expectedMs: number, now: number) {
    this.expectedMs = expectedMs
    this.#started = now
  }

  /** Something that was expected to take so long is over, however long it took. */
  add(expectedMs: number): void {
    this.#done += expectedMs
  }

  /** For a person to read; what is left is corrected by how the run went so far. */
  text(now: number): string {
    const passed = now - this.#started
    const slower = this.#done === 0 ? 1 : passed / this.#done
    return `${minutes(passed)}, about ${minutes((this.expectedMs - this.#done) * slower)} left`
  }
}

/** `12:05`, in minutes and seconds. */
export function minutes(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/**
 * A workload after the other, its subjects one after the other; who begins changes with the round, so that nobody is
 * always measured after the same neighbour.
 */
export function inOrderOf<Pair>(round: number, pairs: readonly Pair[], subjects: number): readonly Pair[] {
  const place = (index: number) => {
    const workload = Math.floor(index / subjects)
    return workload * subjects + ((index - workload * subjects + round) % subjects)
  }
  return pairs.map((pair, index) => pairs[place(index)] ?? pair)
}
