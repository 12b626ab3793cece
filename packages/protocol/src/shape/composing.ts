import { composed } from './composed.ts'
import { type Coder, LaidValue, type Shaper } from './laid.ts'
import { type Layout, layoutOf } from './layout.ts'

/** Runs layouts without generating code. */
export const composingShaper: Shaper = (text, closed) => shaped(text, closed, composed)

/** What runs the layout of a shape's text. */
export function shaped(text: string, closed: boolean | undefined, coderOf: (layout: Layout) => Coder): LaidValue {
  const layout = layoutOf(text, closed)
  return new LaidValue(coderOf(layout), layout.kind !== 'any')
}
