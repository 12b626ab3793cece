import { composingShaper, shaped } from '../shape/composing.ts'
import type { Shaper } from '../shape/laid.ts'
import { generated } from './generated.ts'

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
