/** What one message may hold. Decoding refuses more; the defaults differ by how far the peer is trusted. */
export interface CodecLimits {
  /** Bytes of a whole message (UTF-16 code units in the JSON form, which never exceed its bytes). Above it: 4413. */
  readonly messageBytes: number
  /** How deep arrays and maps nest; a scalar at the top has depth 0. Above it: 4422. */
  readonly depth: number
  /** Values in a message: every array element, map value, and the value itself; keys are not counted. Above it: 4422. */
  readonly items: number
  /** Bytes of a map's key in UTF-8, in the JSON form too. Above it: 4422. */
  readonly keyBytes: number
}

/** For peers that are not trusted: the default. */
export const publicLimits: CodecLimits = { messageBytes: 1_048_576, depth: 64, items: 16_384, keyBytes: 256 }

/** For back-ends that trust each other, and for measurements. */
export const trustedLimits: CodecLimits = { messageBytes: 16_777_216, depth: 128, items: 1_048_576, keyBytes: 1_024 }

/** Longest idempotency key: bytes of UTF-8. The same for everybody, so that a key is never refused on its way. */
export const maxKeyBytes = 128
