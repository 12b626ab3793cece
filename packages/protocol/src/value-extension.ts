/** What reading an extension takes: the reader of values. */
interface Bytes {
  readonly bytes: Uint8Array
  readonly at: number
  /** Moves past so many bytes, which must be there. */
  skip(size: number): number
  /** A number of 1, 2 or 4 bytes. */
  uint(power: number): number
  int64(): bigint
  malformed(why: string): never
}

/** "Only type −1 (a timestamp) and `d4 00 00` (undefined) MUST be accepted." */
export function readExtension(reader: Bytes, token: number): Date | undefined {
  const { bytes, at } = reader
  if (token === 0xd4) {
    if (reader.uint(1) === 0) return undefined
  } else if (token === 0xd6 && bytes[at] === 0xff) {
    reader.skip(1)
    return dateOf(reader, reader.uint(2), 0)
  } else if (token === 0xd7 && bytes[at] === 0xff) {
    reader.skip(1)
    const high = reader.uint(2)
    return dateOf(reader, (high & 3) * 0x1_0000_0000 + reader.uint(2), high >>> 2)
  } else if (token === 0xc7 && bytes[at] === 12 && bytes[at + 1] === 0xff) {
    reader.skip(2)
    const nanoseconds = reader.uint(2)
    return dateOf(reader, Number(reader.int64()), nanoseconds)
  }
  return reader.malformed('an extension that is not allowed')
}

/** "Nanoseconds MUST NOT be larger than 999999999." A Date holds whole milliseconds; finer ones are cut. */
function dateOf(reader: Bytes, seconds: number, nanoseconds: number): Date {
  const date = new Date(seconds * 1000 + Math.floor(nanoseconds / 1_000_000))
  if (nanoseconds > 999_999_999 || Number.isNaN(date.getTime())) reader.malformed('a time that no Date has')
  return date
}
