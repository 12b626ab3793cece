/** The colours that the charts draw with, as the style sheet has them right now. */
export type Palette = {
  card: string
  ink: string
  muted: string
  grid: string
  band: string
  series: readonly [string, string, string]
  font: string
}

/**
 * A canvas cannot read `var(--name)`, and a custom property with light-dark() in it is not resolved by the browser until
 * it becomes a real property: so a probe wears each of them once, and tells.
 */
export function readPalette(): Palette {
  const probe = document.createElement('span')
  probe.hidden = true
  document.body.append(probe)
  const color = (name: string): string => {
    probe.style.color = `var(${name})`
    return getComputedStyle(probe).color
  }
  const palette: Palette = {
    card: color('--card'),
    ink: color('--ink'),
    muted: color('--ink-3'),
    grid: color('--grid'),
    band: color('--band'),
    series: [color('--series-1'), color('--series-2'), color('--series-3')],
    font: `11px ${getComputedStyle(document.body).fontFamily}`,
  }
  probe.remove()
  return palette
}
