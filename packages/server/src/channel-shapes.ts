import type { CompiledContract } from '@wirepact/contract'
import type { Shapes } from '@wirepact/peer'
import { ContractShapes } from '@wirepact/peer/shapes'
import type { ChannelSource, HelloMessage, Shaper } from '@wirepact/protocol'

/** The shapes of a server's contract, for each way of laying values out that a channel has come with: there are few. */
export class ChannelShapes {
  readonly #compiled: CompiledContract
  readonly #known = new Map<Shaper, Shapes>()
  readonly #found: (shapes: Shapes) => void

  /** @param found told of each of them, once */
  constructor(compiled: CompiledContract, found: (shapes: Shapes) => void) {
    this.#compiled = compiled
    this.#found = found
  }

  /** Where values may be laid out. Both sides have to know of it, and in JSON all is readable. */
  of({ encoding, shaper }: ChannelSource, hello: HelloMessage): Shapes | undefined {
    if (shaper === undefined || encoding !== 'binary' || hello.shapes !== 1) return undefined
    const known = this.#known.get(shaper)
    if (known !== undefined) return known
    const shapes = new ContractShapes(this.#compiled, shaper)
    this.#known.set(shaper, shapes)
    this.#found(shapes)
    return shapes
  }
}
