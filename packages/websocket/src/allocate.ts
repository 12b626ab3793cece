/**
 * Makes byte arrays for the connection's buffers. The content need not be zeroed: every byte is written before it
 * leaves. A platform with a pool injects it here.
 */
export type Allocate = (bytes: number) => Uint8Array

export function allocateZeroed(bytes: number): Uint8Array {
  return new Uint8Array(bytes)
}
