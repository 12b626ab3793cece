import type { IncomingMessage } from 'node:http'

/** A header as one string, or undefined when it is missing: any header may be. */
export function fieldText(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}
