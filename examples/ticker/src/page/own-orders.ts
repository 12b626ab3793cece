import type { Order, Report } from '../contract.ts'

export type OwnOrder = Order & {
  /** What the page knows of it. */
  phase: 'sending' | 'queued' | 'standing' | 'done' | 'refused'
  left: number
  /** The node that took it. */
  node: string | undefined
  /** The steps in which it entered the book: more than one would be one too many. */
  readonly entered: Set<number>
  heard: number
}

/** The orders of this page, newest first, as far as it has been told. */
export class OwnOrders {
  readonly #orders = new Map<string, OwnOrder>()

  add(order: Order): OwnOrder {
    const own: OwnOrder = {
      ...order,
      phase: 'sending',
      left: order.quantity,
      node: undefined,
      entered: new Set(),
      heard: 0,
    }
    this.#orders.set(order.id, own)
    return own
  }

  list(): OwnOrder[] {
    return [...this.#orders.values()].reverse()
  }

  queued(own: OwnOrder, node: string): void {
    own.node = node
    if (own.phase === 'sending') own.phase = 'queued'
  }

  /** Reports may come before the answer to the call: they take another way. */
  report({ id, n, step, left }: Report): void {
    const own = this.#orders.get(id)
    if (own === undefined) return
    if (n === 1) own.entered.add(step)
    if (n <= own.heard) return
    own.heard = n
    own.left = left
    own.phase = left === 0 ? 'done' : 'standing'
  }

  /** Orders that took effect more than once. */
  get twice(): number {
    return this.list().filter(({ entered }) => entered.size > 1).length
  }
}
