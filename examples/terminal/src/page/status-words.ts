import type { Status } from '@wirepact/client'

/** What the page says of its connection: a few words for the corner, and a sentence when there is something to know. */
export interface Words {
  readonly short: string
  readonly notice: string | undefined
}

/** @param leftMs until the next try to connect */
export function statusWords(status: Status, leftMs: number): Words {
  const next = leftMs > 50 ? `Next try in ${(leftMs / 1000).toFixed(1)} s.` : 'Trying now.'
  const waits = 'What you type now waits, and goes out when the connection is back.'
  switch (status.phase) {
    case 'connecting':
      return { short: 'Connecting', notice: status.because === undefined ? undefined : `${status.because}. ${next}` }
    case 'connected':
      return { short: 'Connected', notice: undefined }
    case 'reconnecting':
      return { short: 'Reconnecting', notice: `The connection broke; the shells go on. ${waits} ${next}` }
    case 'offline':
      return { short: 'Offline', notice: `This device has no network. ${waits}` }
    case 'closed':
      return { short: 'Closed', notice: `${status.because}. Nothing here goes on by itself.` }
  }
}
