const PREFIXES = [
  [1e9, ' G'],
  [1e6, ' M'],
  [1e3, ' k'],
] as const

/** Three digits, with a prefix for thousands and more: `705 k`, `1.53 M`, `42.2`, `0.75`. */
export function brief(value: number): string {
  // What three digits round up to the next prefix belongs to that.
  const rounded = Number(value.toPrecision(3))
  for (const [size, prefix] of PREFIXES) {
    if (Math.abs(rounded) >= size) return `${threeDigits(rounded / size)}${prefix}`
  }
  return threeDigits(rounded)
}

/** The same without zeros at the end: what an axis says. */
export function tick(value: number): string {
  const [, digits = '', prefix = ''] = /^([\d.]+)(.*)$/.exec(brief(value)) ?? []
  return `${digits.includes('.') ? digits.replace(/\.?0+$/, '') : digits}${prefix}`
}

/** What was counted, to the last digit: `1,024`. */
export function countTick(count: number): string {
  return String(Math.round(count)).replace(/(?<=\d)(?=(\d{3})+$)/g, ',')
}

/** Bytes of a payload by powers of two: `64 KiB`. */
export function binaryTick(bytes: number): string {
  if (bytes >= 2 ** 20) return `${tick(bytes / 2 ** 20)} MiB`
  return bytes >= 1024 ? `${tick(bytes / 1024)} KiB` : `${tick(bytes)} B`
}

function threeDigits(value: number): string {
  if (value === 0) return '0'
  const before = Math.floor(Math.log10(Math.abs(value))) + 1
  return value.toFixed(Math.min(2, Math.max(0, 3 - Math.max(before, 1))))
}
