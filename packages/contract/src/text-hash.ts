/**
 * A 64-bit hash of a text as 16 hex digits. It tells apart descriptions of shapes, which nobody chooses to collide: a
 * peer that lies about its shape only gets plain maps and validation. Synchronous and tiny, hence no cryptography.
 */
export function hashText(text: string): string {
  // Two FNV-1a lanes over UTF-16 units. Their multipliers differ, so that texts that collide in one do not in the other.
  let low = 0x811c9dc5
  let high = 0x9747b28c
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x85ebca6b)
    // A product never carries downwards: without this, the low bits would see the low bits of the text only.
    high ^= high >>> 15
  }
  return hex(mix(low ^ Math.imul(high, 0xc2b2ae35))) + hex(mix(high))
}

/** MurmurHash3's finaliser: every bit of the lane reaches every bit of the result. */
function mix(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

function hex(lane: number): string {
  return lane.toString(16).padStart(8, '0')
}
