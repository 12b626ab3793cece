import type { TextCoder } from './text.ts'

/** What every platform has that we run on. */
interface Platform {
  readonly TextEncoder: new () => Pick<TextCoder, 'encodeInto'>
  readonly TextDecoder: new (label: string, options: { ignoreBOM: boolean }) => Pick<TextCoder, 'decode'>
}

let coder: TextCoder | undefined

/** The platform's own UTF-8 transcoders. */
export function systemText(): TextCoder {
  if (coder !== undefined) return coder
  const { TextEncoder, TextDecoder } = globalThis as unknown as Platform
  const encoder = new TextEncoder()
  // Without `ignoreBOM` a leading byte order mark would vanish from the value.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  coder = { encodeInto: (text, into) => encoder.encodeInto(text, into), decode: (bytes) => decoder.decode(bytes) }
  return coder
}
