/**
 * Where a message may be written by whoever is going to keep it, so that it need not be copied there.
 *
 * It is an offer: what does not fit is written elsewhere, and copied as ever.
 */
export interface Room {
  readonly bytes: Uint8Array
  /** Of the same bytes. */
  readonly view: DataView
  /** Where the message is to begin. From here on the bytes are free. */
  readonly at: number
  /**
   * A value is being written into it. The application may be running (a getter, a proxy), and may send something itself:
   * that has to be written elsewhere.
   */
  busy: boolean
}

/** The least that a room has free, in bytes: the header of any message fits into it. */
export const leastRoom = 64

/** A buffer, to be written from its beginning. */
export function roomOf(size: number): Room {
  const bytes = new Uint8Array(size)
  return { bytes, view: new DataView(bytes.buffer), at: 0, busy: false }
}
