import type { Position } from '@wirepact/eventlog'

/** What a snapshot shows: the topic's events up to `position` at least, perhaps later ones too. */
export interface TakenSnapshot {
  readonly position: Position
  readonly value: Promise<unknown>
}

/** Takes a snapshot; calls `personal` when what it gives is for one subscriber only. */
export type Take = (personal: () => void) => Promise<unknown>

// Theory of operation
//
// Subscribers who come while a snapshot is being taken get the same one, and stand where the topic stood when it was
// begun: what was published since may not be in it, so it has to follow. Nothing is kept once it has been taken. A
// snapshot that turns out to be made for one subscriber is not given to another: the others take their own, and still
// stand at or before the state they get.

/** The snapshot of one topic that is being taken, if one is. */
export class SharedSnapshot {
  #current: (TakenSnapshot & { readonly personal: () => boolean }) | undefined

  /**
   * Joins the snapshot that is being taken, or takes one at `head`.
   * @param least the position that the subscriber stands at already, if it does: it cannot go back
   */
  take(head: Position, least: Position | undefined, take: Take): TakenSnapshot {
    const current = this.#current
    if (current !== undefined && reaches(current.position, least)) {
      const value = current.value.then((shared) => (current.personal() ? take(() => {}) : shared))
      return { position: current.position, value }
    }
    let isPersonal = false
    const value = take(() => {
      isPersonal = true
    })
    const begun = { position: head, value, personal: () => isPersonal }
    this.#current = begun
    const done = () => {
      if (this.#current === begun) this.#current = undefined
    }
    value.then(done, done)
    return begun
  }
}

function reaches(position: Position, least: Position | undefined): boolean {
  return least === undefined || (position.epoch === least.epoch && position.offset >= least.offset)
}
