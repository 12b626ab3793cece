/**
 * Undo `Transfer-Encoding: chunked` (RFC 9112 section 7.1) as far as the text goes. Only used to show the body of a
 * refusal to a person, so a broken or cut body gives what could be read instead of an error.
 * @param text one character per byte
 */
export function dechunk(text: string): string {
  let body = ''
  let at = 0
  for (;;) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return body
    const size = Number.parseInt(text.slice(at, line), 16)
    if (!(size > 0)) return body
    body += text.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
  }
}
