import type { Position, ReadResult } from '@wirepact/eventlog'

/** Reads what follows a position from the log. */
export type ReadLog = (after: Position) => ReadResult | Promise<ReadResult>

interface Waiting {
  readonly after: Position
  readonly resolve: (result: ReadResult) => void
  readonly reject: (error: unknown) => void
}

// Theory of operation
//
// After a restart everybody comes back at once, with positions that lie close together. So one read of a topic is under
// way at a time, whoever asks meanwhile waits in line, and what a read brings is given to all who stand within it. Whoever
// waited longest is read for next: with many at few places, a handful of reads serves them all, and nobody is overtaken
// for ever. A log that answers at once has nothing to share.

/** The reads of one topic on this node, one at a time. */
export class TopicReader {
  readonly #read: ReadLog
  #waiting: Waiting[] = []
  #busy = false

  constructor(read: ReadLog) {
    this.#read = read
  }

  read(after: Position): ReadResult | Promise<ReadResult> {
    if (this.#busy) return new Promise((resolve, reject) => this.#waiting.push({ after, resolve, reject }))
    const answer = this.#read(after)
    if (!(answer instanceof Promise)) return answer
    this.#busy = true
    return new Promise((resolve, reject) => {
      void this.#serve({ after, resolve, reject }, answer)
    })
  }

  async #serve(first: Waiting, begun: Promise<ReadResult>): Promise<void> {
    let answer: ReadResult | Promise<ReadResult> = begun
    for (let served: Waiting | undefined = first; served !== undefined; ) {
      try {
        const result = await answer
        served.resolve(result)
        this.#share(served.after, result)
        served = this.#waiting.shift()
        if (served !== undefined) answer = this.#read(served.after)
      } catch (error) {
        // The next would meet the same, one after the other.
        served?.reject(error)
        for (const { reject } of this.#waiting.splice(0)) reject(error)
        served = undefined
      }
    }
    this.#busy = false
  }

  #share(after: Position, result: ReadResult): void {
    const others: Waiting[] = []
    for (const waiting of this.#waiting) {
      const share = shareOf(result, after, waiting.after)
      if (share === undefined) others.push(waiting)
      else waiting.resolve(share)
    }
    this.#waiting = others
  }
}

/**
 * What a read after `asked` tells somebody who stands at `other`; undefined when that is for another read to say. It may
 * be a little old: whoever gets it looks at the topic's head afterwards, as after any read.
 */
function shareOf(result: ReadResult, asked: Position, other: Position): ReadResult | undefined {
  const { gap, head, position, records } = result
  if (other.epoch !== head.epoch) {
    // Whoever comes from another history stands at its end now.
    if (gap?.reason !== 'epoch') return undefined
    return { ...result, gap: { ...gap, from: other.offset } }
  }
  if (gap !== undefined && gap.reason !== 'trimmed') return undefined
  const { offset } = other
  if (gap !== undefined && offset < gap.to) return { ...result, gap: { ...gap, from: offset } }
  const first = gap?.to ?? asked.offset
  if (offset < first || offset > position.offset) return undefined
  // At the end of a read that has not come to the head, there is more to be read.
  if (offset === position.offset && offset < head.offset) return undefined
  return { records: records.slice(offset - first), position, head }
}
