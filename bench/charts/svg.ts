// The little of SVG that charts are made of. They are shown by pages that run no scripts and load no fonts (a README on
// GitHub), so everything is in the file: a card of its own colour, readable on any page, which follows the reader's
// colour scheme.

/** What is drawn in, by class name: of a light card, and of a dark one. */
const COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  card: ['#ffffff', '#0d1117'],
  edge: ['#d1d9e0', '#3d444d'],
  text: ['#1f2328', '#f0f6fc'],
  muted: ['#59636e', '#9198a1'],
  grid: ['#e6eaef', '#262c36'],
  ours: ['#0969da', '#4493f8'],
  variant: ['#80ccff', '#1f4f8f'],
  other: ['#afb8c1', '#545d68'],
  // Lines of others, told apart by hue and by lightness.
  line0: ['#57606a', '#b1bac4'],
  line1: ['#bc4c00', '#f0883e'],
  line2: ['#1a7f37', '#56d364'],
  line3: ['#8250df', '#bc8cff'],
  line4: ['#bf3989', '#f778ba'],
  line5: ['#9a6700', '#e3b341'],
  line6: ['#1b7c83', '#39c5cf'],
}

export type Colour = string

const FONT = "12px system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans',sans-serif"

/** Most glyphs of the fonts above are narrower than this, in pixels at 12 px. */
const GLYPH = 6.7

/** Room for a text of 12 px. A guess from above: nothing can be measured here. */
export function widthOf(text: string): number {
  return text.length * GLYPH
}

/** A whole chart: a card of this size with a title that screen readers say, too. */
export function cardOf(size: { readonly width: number; readonly height: number }, title: string, body: string): string {
  const { width, height } = size
  const rules = (scheme: 0 | 1) =>
    Object.entries(COLOURS)
      .map(([name, pair]) => `.${name}{fill:${pair[scheme]}}.s-${name}{stroke:${pair[scheme]}}`)
      .join('')
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<title>${escaped(title)}</title>`,
    `<style>text{font:${FONT}}.title{font-size:14px;font-weight:600}.bold{font-weight:600}.small{font-size:11px}`,
    `${rules(0)}@media (prefers-color-scheme:dark){${rules(1)}}</style>`,
    `<rect class="card s-edge" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="6"/>`,
    body,
    '</svg>\n',
  ].join('\n')
}

/** @param anchor which end of the text stands at `x` @default 'start' */
export function textAt(
  [x, y]: readonly [number, number],
  content: string,
  classes: string,
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  const anchored = anchor === 'start' ? '' : ` text-anchor="${anchor}"`
  return `<text class="${classes}" x="${at(x)}" y="${at(y)}"${anchored}>${escaped(content)}</text>`
}

export function rectAt(x: number, y: number, width: number, height: number, colour: Colour): string {
  return `<rect class="${colour}" x="${at(x)}" y="${at(y)}" width="${at(Math.max(width, 1))}" height="${at(height)}" rx="2"/>`
}

/** Straight lines through these points. */
export function lineThrough(
  points: readonly (readonly [number, number])[],
  colour: Colour,
  options: { readonly width?: number; readonly dash?: string; readonly faint?: boolean } = {},
): string {
  const { width = 1, dash, faint = false } = options
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${at(x)} ${at(y)}`).join('')
  const dashed = dash === undefined ? '' : ` stroke-dasharray="${dash}"`
  return `<path class="s-${colour}" fill="none" stroke-width="${width}"${dashed}${faint ? ' opacity=".45"' : ''} d="${path}"/>`
}

export function dotAt(x: number, y: number, radius: number, colour: Colour): string {
  return `<circle class="${colour}" cx="${at(x)}" cy="${at(y)}" r="${radius}"/>`
}

/** Moves a part of a chart. */
export function movedBy(x: number, y: number, body: string): string {
  return `<g transform="translate(${at(x)} ${at(y)})">\n${body}\n</g>`
}

/** A tenth of a pixel is as fine as anyone sees. */
function at(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
