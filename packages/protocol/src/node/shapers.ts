import { composingShaper, shaped } from '../shape/composing.ts'
import type { Shaper } from '../shape/laid.ts'
import { generated } from './generated.ts'

/** Runs layouts by generated code, and without it where the process was told not to make any. */
export const generatingShaper: Shaper = (text, closed) => {
  try {
    return shaped(text, closed, generated)
  } catch (error) {
    // `node --disallow-code-generation-from-strings`
    if (error instanceof EvalError) return composingShaper(text, closed)
    throw error
  }
}
