/**
 * Counts what comes of things that were numbered 1, 2, 3 … where they were made. It proves whether any is missing or came
 * twice, without a word about how they travel.
 */
export class Numbering {
  heard = 0
  missing = 0
  doubled = 0
  last: number | undefined
  #covered = 0
  #excused = false

  /** The whole state as of a number: what comes up to there is known already. */
  snapshot(n: number): void {
    this.#covered = Math.max(this.#covered, n)
    this.last = Math.max(this.last ?? 0, n)
    this.#excused = false
  }

  /** The sender said itself that some cannot be had any more. */
  gap(): void {
    this.#excused = true
  }

  /** Says whether it is news. `again`: its sender cannot know whether it went out before. */
  hear(n: number, again = false): boolean {
    this.heard++
    if (this.last !== undefined && n <= this.last) {
      if (n > this.#covered && !again) this.doubled++
      return false
    }
    if (this.last !== undefined && !this.#excused) this.missing += n - this.last - 1
    this.#excused = false
    this.last = n
    return true
  }
}
