import { brief, tick } from './number-text.ts'
import { linearScale } from './scale.ts'
import { type Colour, lineThrough, rectAt, textAt, widthOf } from './svg.ts'

/** One bar, its length and its spread. */
export interface Bar {
  readonly label: string
  readonly median: number
  readonly min: number
  readonly max: number
  /** Ours is drawn in its own colour, and named in bold. */
  readonly kind: 'ours' | 'variant' | 'other'
}

export interface BarPanel {
  readonly title: string
  /** What the length of a bar is, and which way is better, in words. */
  readonly about: string
  readonly better: 'more' | 'less'
  readonly bars: readonly Bar[]
}

const ROW = 22
const BAR = 13
const HEAD = 46
const FOOT = 26
/** Room for a number behind the longest bar. */
const NUMBER = 58

/** The room that a panel takes from top to bottom. */
export function heightOfBars(count: number): number {
  return HEAD + count * ROW + FOOT
}

/** Bars with their spread from the slowest to the fastest round, the best one on top. Fills the width given. */
export function drawBars({ title, about, better, bars }: BarPanel, width: number): string {
  const sorted = [...bars].sort((a, b) => (better === 'more' ? b.median - a.median : a.median - b.median))
  const names = Math.max(...bars.map(({ label }) => widthOf(label))) + 10
  const room = width - names - NUMBER
  const bottom = HEAD + sorted.length * ROW
  const { place, ticks } = linearScale(Math.max(...bars.map(({ max }) => max)), room, room < 250 ? 3 : 5)
  const grid = ticks.map((value) => {
    const x = names + place(value)
    const label = textAt([x, bottom + 16], tick(value), 'muted small', value === 0 ? 'start' : 'middle')
    return `${lineThrough(
      [
        [x, HEAD - 4],
        [x, bottom],
      ],
      'grid',
    )}${label}`
  })
  const rows = sorted.map((bar, index) => drawRow(bar, HEAD + index * ROW, names, place))
  return [textAt([0, 14], title, 'text title'), textAt([0, 32], about, 'muted small'), ...grid, ...rows].join('\n')
}

function drawRow(bar: Bar, top: number, names: number, place: (value: number) => number): string {
  const { label, median, min, max, kind } = bar
  const middle = top + ROW / 2
  const weight = kind === 'ours' ? 'text bold' : 'text'
  const spread: Colour = kind === 'other' ? 'muted' : 'text'
  const [low, high] = [names + place(min), names + place(max)]
  const cap = (x: number): readonly (readonly [number, number])[] => [
    [x, middle - 3],
    [x, middle + 3],
  ]
  // A spread narrower than its own caps would be a blot.
  const whisker =
    high - low < 3
      ? ''
      : [
          lineThrough(
            [
              [low, middle],
              [high, middle],
            ],
            spread,
          ),
          lineThrough(cap(low), spread),
          lineThrough(cap(high), spread),
        ].join('')
  return [
    textAt([names - 8, middle + 4], label, weight, 'end'),
    rectAt(names, middle - BAR / 2, place(median), BAR, kind),
    whisker,
    textAt([Math.max(names + place(median), high) + 6, middle + 4], brief(median), weight),
  ].join('')
}
