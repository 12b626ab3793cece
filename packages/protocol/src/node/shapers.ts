import { composed } from '../shape/composed.ts'
import { LaidValue, type Shaper } from '../shape/laid.ts'
import { layoutOf } from '../shape/layout.ts'
import { generated } from './generated.ts'

/** Runs layouts without generating code. */
export const composingShaper: Shaper = (text) => new LaidValue(composed(layoutOf(text)))

/** Runs layouts by generated code, and without it where the process was told not to make any. */
export const generatingShaper: Shaper = (text) => {
  try {
    return new LaidValue(generated(layoutOf(text)))
  } catch (error) {
    // `node --disallow-code-generation-from-strings`
    if (error instanceof EvalError) return composingShaper(text)
    throw error
  }
}
