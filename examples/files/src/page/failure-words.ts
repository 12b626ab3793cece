import { sizeWords } from '../size.ts'

type Known = { readonly code?: string; readonly data?: Readonly<Record<string, unknown>>; readonly message?: string }

/** Why a transfer failed, as a person would say it. */
export function failureWords(error: unknown): string {
  const { code, data = {}, message = 'it failed' } = error as Known
  const size = (name: string) => sizeWords(Number(data[name]))
  switch (code) {
    case 'BAD_NAME':
      return `It cannot have this name: ${data.reason}.`
    case 'EXISTS':
      return 'There is another file of this name.'
    case 'TOO_LARGE':
      return `It is too large: at most ${size('limitBytes')}.`
    case 'QUOTA':
      return `There is no room for it: ${size('leftBytes')} are left.`
    case 'DISK_FULL':
      return `The server’s disk is full: ${size('freeBytes')} are free.`
    case 'WRONG_LENGTH':
      return 'It changed while it was sent.'
    case 'CHECKSUM':
      return 'What arrived is not what was sent: the checksums differ. Nothing of it was kept.'
    case 'CHANGED':
      return 'It has changed on the server.'
    case 'NOT_FOUND':
      return 'It is not there any more.'
    case 'TAKEN_OVER':
      return 'Another page or program goes on with it.'
    case 'cancelled':
      return 'Stopped. What has arrived is kept.'
    default:
      return message
  }
}
