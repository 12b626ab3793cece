const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

/** As a person reads it: `1.5 GiB`. */
export function sizeWords(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

/**
 * As a person writes it: `1.5GiB`, `500M`, `4096`; all of them powers of 1024.
 * @throws TypeError that says what was expected
 */
export function sizeOf(text: string): number {
  const [, number, letter = ''] = /^(\d+(?:\.\d+)?) ?([KMGT]?)(?:i?B)?$/i.exec(text) ?? []
  if (number === undefined) throw new TypeError(`"${text}" is not a size: 4096, 500M and 1.5GiB are`)
  return Math.round(Number(number) * 1024 ** ['', 'K', 'M', 'G', 'T'].indexOf(letter.toUpperCase()))
}
