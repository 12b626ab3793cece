import type { Order } from '../contract.ts'

/** Sends an order; the same key is the same call. */
export type Place = (order: Order, options: { key: string; timeoutMs: number }) => Promise<{ node: string }>

/** After these nobody knows whether the order is in the queue, or it is not, and it does no harm to send it again. */
const AGAIN: readonly string[] = ['indeterminate', 'connection-lost', 'deadline-exceeded', 'unavailable']
const TRIES = 12

/**
 * Sends an order until it is certain that it is in the queue. Two things keep it from being there twice. The key: within
 * one call the library sends it again after a cut, and a node that has the answer gives it once more. The id: when the
 * node died with the answer in its hands, nobody has it (`indeterminate`), and a new call with the same id adds nothing
 * to a queue that holds it, because the id was written there together with the order.
 */
export async function placeOnce(
  place: Place,
  order: Order,
  wait: (ms: number) => Promise<void>,
): Promise<{ node: string }> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await place(order, { key: `${order.id} ${attempt}`, timeoutMs: 5_000 })
    } catch (error) {
      const { code } = error as { code?: string }
      if (attempt === TRIES || !AGAIN.includes(code ?? '')) throw error
      await wait(Math.min(2_000, 200 * attempt))
    }
  }
}
