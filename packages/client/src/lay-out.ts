import type { CompiledContract } from '@wirepact/contract'
import type { Shapes } from '@wirepact/peer'
import { ContractShapes } from '@wirepact/peer/shapes'
import { composingShaper } from '@wirepact/protocol/shapes'

/**
 * For pages that want values laid out by shape: `connect(contract, url, { shapes })`. It makes no code from text, so that a
 * content policy has nothing against it.
 */
export function shapes(contract: CompiledContract): Shapes {
  return new ContractShapes(contract, composingShaper)
}
