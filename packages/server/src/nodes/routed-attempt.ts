import { WirepactError } from '@wirepact/protocol'
import type { Absent, Part, RoutedOutcome } from './message.ts'

/** What one of a principal's clients answered. */
export type RoutedReply =
  | { readonly node: string; readonly connection: string; readonly ok: true; readonly value: unknown }
  | {
      readonly node: string
      /** Undefined when not even its node answered. */
      readonly connection: string | undefined
      readonly ok: false
      readonly error: WirepactError<string>
    }

/** A call that another node makes for this one: gathers what comes back. */
export class RoutedAttempt {
  readonly node: string
  /** Of all clients that were called; empty when the principal has none there. */
  readonly replies: Promise<readonly RoutedReply[]>
  readonly #gathered: RoutedReply[] = []
  #resolve: (replies: readonly RoutedReply[]) => void = () => {}

  constructor(node: string) {
    this.node = node
    this.replies = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  part({ from, of, connection, outcome }: Part): void {
    // Only the node that was asked can answer; and none has more clients of one principal than that.
    if (from !== this.node || this.#gathered.length >= mostParts) return
    this.#gathered.push(replyOf(from, connection, outcome))
    if (this.#gathered.length >= of) this.#resolve(this.#gathered)
  }

  absent({ from }: Absent): void {
    if (from === this.node) this.#resolve([])
  }

  /** The rest will not come. */
  lost(because: string): void {
    this.#resolve([...this.#gathered, { node: this.node, connection: undefined, ok: false, error: lostError(because) }])
  }
}

/** The node that a call was sent to cannot be heard any more. */
export function lostError(because: string, cause?: unknown): WirepactError {
  const text = `${because}; the client that it holds may have been called`
  return new WirepactError('connection-lost', text, { mayHaveRun: true, cause })
}

function replyOf(node: string, connection: string, outcome: RoutedOutcome): RoutedReply {
  if (!('failure' in outcome) || outcome.failure === undefined) {
    return { node, connection, ok: true, value: 'output' in outcome ? outcome.output : undefined }
  }
  const { code, message, data, declared = false, mayHaveRun } = outcome.failure
  const known = mayHaveRun === undefined ? {} : { mayHaveRun }
  return { node, connection, ok: false, error: new WirepactError(code, message, { data, declared, ...known }) }
}

const mostParts = 16_384
