/** Doors that can be kept shut for somebody for a while: what makes a cut last as long as a person can watch it. */
export class Doors {
  readonly #opening = new Map<string, Promise<void>>()

  /** Keeps the door shut for this key, counted from now, whatever was wished before. */
  shut(key: string, forMs: number): void {
    const opening = new Promise<void>((resolve) => {
      // A process that wants to end does not wait behind its own door.
      setTimeout(resolve, forMs).unref()
    }).then(() => {
      if (this.#opening.get(key) === opening) this.#opening.delete(key)
    })
    this.#opening.set(key, opening)
  }

  /** Resolves when the door is open for this key: at once if nobody shut it. */
  async opened(key: string): Promise<void> {
    for (let opening = this.#opening.get(key); opening !== undefined; opening = this.#opening.get(key)) await opening
  }
}
