/** Names that Windows takes for devices, whatever follows their first dot. */
const DEVICES = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)/i

/**
 * Why a name cannot be that of a file here; undefined when it can. A name is data: it names a file of one folder, on every
 * system, and nothing else. What could mean a way through folders is refused, not repaired.
 */
export function badName(name: string): string | undefined {
  if (name === '') return 'it is empty'
  if (new TextEncoder().encode(name).length > 255) return 'it has more than 255 bytes'
  // Lone surrogates would be written as something else than what was said.
  if (/\p{Surrogate}/u.test(name)) return 'it is no valid Unicode'
  if (/[/\\:]/.test(name)) return 'it has a slash, a backslash or a colon in it'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(name)) return 'it has a control character in it'
  if (name.startsWith('.')) return 'it begins with a dot'
  if (/[. ]$/.test(name)) return 'it ends with a dot or a space'
  if (DEVICES.test(name)) return 'some systems take it for a device'
  return undefined
}
