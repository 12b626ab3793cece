import type { MethodEntry } from '@wirepact/contract'
import type { Failure } from '@wirepact/protocol'

/** How a call ended: what its handler returned, as the contract allows it, or what the caller is told instead. */
export type Outcome = { readonly output: unknown } | { readonly failure: Failure }

/** The calls with a key of one principal, and what became of them. */
export interface KeyedCalls {
  /**
   * Calls `run` at most once for a procedure and key, and answers with the outcome: of this run, of the one that goes on,
   * or of the one that has ended. A key that was used with another input is a `conflict`, and one whose run cannot be
   * known `indeterminate`. Never rejects.
   */
  settle(entry: MethodEntry, key: string, input: unknown, run: () => Promise<Outcome>): Promise<Outcome>
}
