import type { Calls } from './calls.ts'

/** Echoes of so many bytes, 16 at least. */
export function echoesOf(
  echo: (bytes: Uint8Array) => Promise<Uint8Array>,
  bytes: number,
): Calls<Uint8Array, Uint8Array> {
  // Told apart by their first four bytes; the rest is no run of zeros, which something might compress.
  const pattern = Uint8Array.from({ length: bytes }, (_, index) => (index * 31) & 0xff)
  const last = bytes - 1
  return {
    call: echo,
    inputAt(n) {
      const block = pattern.slice()
      new DataView(block.buffer).setUint32(0, n)
      return block
    },
    // The number, and a look at the end: comparing everything would be most of the work.
    isAnswerTo: (sent, came) =>
      came.length === bytes && came[last] === sent[last] && [0, 1, 2, 3].every((at) => came[at] === sent[at]),
  }
}
