import type { Place } from './contract.ts'

/**
 * Reads `host:port`, with IPv6 in brackets: `localhost:22`, `[::1]:80`.
 * @throws TypeError that says what was expected
 */
export function placeOf(text: string): Place {
  const { host, port } = parts(text)
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535)
    throw new TypeError(`"${text}" needs a port from 1 to 65535 after its last colon`)
  return { host, port: Number(port) }
}

/**
 * Says which places may be reached: `host:port`, or `host:*` for every port of a host. Nothing else is a pattern, and
 * names are compared as they are written: `localhost` allows neither 127.0.0.1 nor what resolves to it.
 * @throws TypeError that says what was expected
 */
export function allowanceOf(patterns: readonly string[]): (place: Place) => boolean {
  const allowed = new Set(
    patterns.map((pattern) => {
      const { host, port } = parts(pattern)
      return port === '*' ? `${host}:*` : nameOf(placeOf(pattern))
    }),
  )
  return (place) => allowed.has(nameOf(place)) || allowed.has(`${place.host.toLowerCase()}:*`)
}

function nameOf({ host, port }: Place): string {
  return `${host.toLowerCase()}:${port}`
}

function parts(text: string): { readonly host: string; readonly port: string } {
  const colon = text.lastIndexOf(':')
  const host = text.slice(0, colon).replace(/^\[(.*)\]$/, '$1')
  if (colon < 1 || host === '') throw new TypeError(`"${text}" is not host:port`)
  return { host: host.toLowerCase(), port: text.slice(colon + 1) }
}
