import type { Report } from '@wirepact/peer'
import { systemClock } from '@wirepact/peer/system'
import type { System } from './options.ts'

export const platform: System = {
  clock: systemClock,
  randomId: () => crypto.randomUUID(),
  randomBytes: (count) => crypto.getRandomValues(new Uint8Array(count)),
  async digest(bytes) {
    const hash = await crypto.subtle.digest('SHA-256', bytes as BufferSource)
    return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
  },
}

// A peer that breaks the protocol could fill the log, so its faults are only for those who ask for them.
export function printReport({ what, where, message, incident, error }: Report): void {
  if (what === 'protocol-violation') return
  console.error(`wirepact: ${what} in ${where}: ${message}${incident === undefined ? '' : ` (incident ${incident})`}`)
  if (what === 'handler-threw' && error instanceof Error) console.error(error.stack)
}
