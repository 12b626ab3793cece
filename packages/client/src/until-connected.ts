import { WirepactError } from '@wirepact/protocol'
import type { Observable, Status } from './status.ts'

/** Waits for a connection: `look` says true when there is one, and an error when there will be none. */
export function untilConnected(
  status: Observable<Status>,
  look: () => boolean | WirepactError<string> | undefined,
  signal: AbortSignal | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      const found = look()
      if (found === true) resolve()
      else if (found instanceof WirepactError) reject(found)
      else if (signal?.aborted === true) reject(new WirepactError('cancelled', 'gave up waiting for a connection'))
      else return
      stop()
    }
    const unsubscribe = status.subscribe(settle)
    signal?.addEventListener('abort', settle)
    const stop = () => {
      unsubscribe()
      signal?.removeEventListener('abort', settle)
    }
    settle()
  })
}
