import type { TextCoder } from './text.ts'

/** What of the platform may be there. */
interface Platform {
  readonly TextEncoder?: new () => Pick<TextCoder, 'encodeInto'>
  readonly TextDecoder?: new (label: string, options: { ignoreBOM: boolean }) => Pick<TextCoder, 'decode'>
}

let coder: TextCoder | undefined

/** The platform's own UTF-8 transcoders; undefined where there are none, and then loops do it. */
export function systemText(): TextCoder | undefined {
  const { TextEncoder, TextDecoder } = globalThis as Platform
  if (coder !== undefined || TextEncoder === undefined || TextDecoder === undefined) return coder
  const encoder = new TextEncoder()
  // Without `ignoreBOM` a leading byte order mark would vanish from the value.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  coder = { encodeInto: (text, into) => encoder.encodeInto(text, into), decode: (bytes) => decoder.decode(bytes) }
  return coder
}
