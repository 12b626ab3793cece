const two = { minimumFractionDigits: 2, maximumFractionDigits: 2 }

/** Cents, as a person reads them. */
export function money(cents: number): string {
  return (cents / 100).toLocaleString('en', two)
}

/** What somebody typed, in cents; undefined when it is no amount. */
export function cents(typed: string): number | undefined {
  const text = typed.trim().replaceAll(',', '')
  if (!/^\d+(\.\d{1,2})?$/.test(text)) return undefined
  return Math.round(Number(text) * 100)
}

/** From one price to another, in percent. */
export function percent(from: number, to: number): string {
  const change = from === 0 ? 0 : ((to - from) / from) * 100
  return `${change < 0 ? '−' : '+'}${Math.abs(change).toLocaleString('en', two)} %`
}
