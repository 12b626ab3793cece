import type { MethodEntry } from '@wirepact/contract'
import type { Failure } from '@wirepact/protocol'

// What a call is told that never reaches a handler.

export function unimplemented(method: number | string): Failure {
  const name = typeof method === 'string' ? method : `number ${method}`
  return { code: 'unimplemented', message: `there is no procedure ${name} on this side` }
}

export function incompatible(entry: MethodEntry): Failure {
  return {
    code: 'incompatible',
    message: `${entry.name} has version ${entry.version ?? 'none'} here and another on the other side`,
  }
}

export function tooMany(message: string): Failure {
  return { code: 'resource-exhausted', message }
}
