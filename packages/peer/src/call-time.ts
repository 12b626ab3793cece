import type { CallOptions } from './outgoing-call.ts'

/** How long a call may take, in whole ms; 0 for ever. Undefined for what is no time. */
export function timeoutOf(options: CallOptions | undefined, defaultMs: number): number | undefined {
  const own = wholeTimeout(options?.timeoutMs ?? defaultMs)
  const leftMs = options?.within?.timeLeftMs
  if (own === undefined || leftMs === undefined) return own
  // None is left: it fails at once, which is not the same as 0.
  const rest = Math.max(1, Math.ceil(leftMs))
  return own === 0 ? rest : Math.min(own, rest)
}

/** What has given a call up before it was made. */
export function abortedSignal(options: CallOptions | undefined): AbortSignal | undefined {
  const { signal, within } = options ?? {}
  if (signal?.aborted === true) return signal
  return within?.signal.aborted === true ? within.signal : undefined
}

function wholeTimeout(timeoutMs: number): number | undefined {
  if (!(timeoutMs >= 0)) return undefined
  // Beyond what timers can count, a deadline is none.
  return timeoutMs > 0x7fff_ffff ? 0 : Math.ceil(timeoutMs)
}
