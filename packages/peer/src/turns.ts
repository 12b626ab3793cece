/** Something that goes on when there is room. The promise, if it gives one, tells when it has made use of that. */
export interface Resumable {
  resume(): Promise<void> | undefined
}

/**
 * Those who wait for room in one connection. They go on one after the other, whoever waited longest first, each as far
 * as there is room, and at the end of the line again: all at once each would bring a chunk, and that is more than there is
 * room for.
 */
export class Turns<Waiting extends Resumable> {
  readonly #hasRoom: () => boolean
  readonly #waiting = new Set<Waiting>()
  /** Whose turn it is. */
  #current: Waiting | undefined

  constructor(hasRoom: () => boolean) {
    this.#hasRoom = hasRoom
  }

  /** Gets in line; who is there already keeps their place. That ends one's turn: there was no room for all of it. */
  add(waiting: Waiting): void {
    this.#waiting.add(waiting)
    this.#end(waiting)
  }

  remove(waiting: Waiting): void {
    this.#waiting.delete(waiting)
    this.#end(waiting)
  }

  /** There may be room. */
  go(): void {
    while (this.#current === undefined && this.#hasRoom()) {
      const [next] = this.#waiting
      if (next === undefined) return
      this.#waiting.delete(next)
      this.#current = next
      const done = next.resume()
      if (done === undefined) this.#end(next)
      else void done.then(() => this.#done(next))
    }
  }

  #done(waiting: Waiting): void {
    this.#end(waiting)
    this.go()
  }

  #end(waiting: Waiting): void {
    if (this.#current === waiting) this.#current = undefined
  }
}
