import { composed } from '../shape/composed.ts'
import { type Coder, LaidValue, type Shaper } from '../shape/laid.ts'
import { type Layout, layoutOf } from '../shape/layout.ts'
import { generated } from './generated.ts'

/** Runs layouts without generating code. */
export const composingShaper: Shaper = (text) => shaped(text, composed)

/** Runs layouts by generated code, and without it where the process was told not to make any. */
export const generatingShaper: Shaper = (text) => {
  try {
    return shaped(text, generated)
  } catch (error) {
    // `node --disallow-code-generation-from-strings`
    if (error instanceof EvalError) return composingShaper(text)
    throw error
  }
}

function shaped(text: string, coderOf: (layout: Layout) => Coder): LaidValue {
  const layout = layoutOf(text)
  return new LaidValue(coderOf(layout), layout.kind !== 'any')
}
