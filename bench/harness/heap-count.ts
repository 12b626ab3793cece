import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate as nextTurn } from 'node:timers/promises'

/**
 * Of the processes whose allocations are counted: garbage can be collected on demand, and young objects have room for
 * all that one lot of work makes. As long as nothing is collected, what the heap has grown by is what was allocated, to
 * the byte; sampling would be right to a few per cent, and watching it slows down nothing here.
 */
export const COUNTING_FLAGS = ['--expose-gc', '--min-semi-space-size=256', '--max-semi-space-size=256']

/** What a process has in use: objects, and the bytes of buffers, which lie outside of the heap. */
export interface HeapCount {
  readonly bytes: number
  /** Collections so far. Between two counts that differ in it, bytes say nothing. */
  readonly collections: number
}

/** Counts what this process allocates. */
export class HeapCounter {
  #collections = 0

  constructor() {
    new PerformanceObserver((list) => {
      this.#collections += list.getEntries().length
    }).observe({ entryTypes: ['gc'] })
  }

  async collect(): Promise<void> {
    ;(globalThis as { readonly gc?: () => void }).gc?.()
    await nextTurn()
  }

  async count(): Promise<HeapCount> {
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    // A collection is told of in the turn after it.
    await nextTurn()
    await nextTurn()
    return { bytes: heapUsed + arrayBuffers, collections: this.#collections }
  }
}
