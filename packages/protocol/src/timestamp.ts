/**
 * Writes a MessagePack timestamp (extension -1) of `time` ms since 1970: seconds alone, seconds and nanoseconds in 64 bits,
 * or in 96, the shortest that holds it. Returns where it ends.
 */
export function writeTimestamp(view: DataView, at: number, time: number): number {
  const seconds = Math.floor(time / 1000)
  const nanoseconds = (time - seconds * 1000) * 1_000_000
  if (seconds < 0 || seconds > 0xffff_ffff) {
    // Its head is c7 0c ff.
    view.setUint16(at, 0xc70c)
    view.setUint8(at + 2, 0xff)
    view.setUint32(at + 3, nanoseconds)
    view.setBigInt64(at + 7, BigInt(seconds))
    return at + 15
  }
  if (nanoseconds === 0) {
    view.setUint16(at, 0xd6ff)
    view.setUint32(at + 2, seconds)
    return at + 6
  }
  view.setUint16(at, 0xd7ff)
  view.setUint32(at + 2, nanoseconds * 4)
  view.setUint32(at + 6, seconds)
  return at + 10
}
