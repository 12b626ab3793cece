import { ZlibObject, type ZlibSettings } from './deflate-object.ts'

/** Compressors of one kind in the whole process, 270 KiB each by default. */
const MOST = 8

/** A compressor that somebody has, until somebody else needs it. */
export interface Lease {
  readonly object: ZlibObject
  owner: object | undefined
}

/**
 * Compressors that remember, without one for every connection.
 *
 * Context takeover is a permission: a sender may refer to its earlier messages, and may forget them at any time (RFC 7692
 * section 7.1.1). So connections share a few compressors. Who finds its own again goes on where it was, which is four times
 * faster than beginning anew, and smaller; who lost it to another connection begins anew. Few busy connections get all of
 * the gain, many get what they would have had without takeover, and idle ones cost nothing.
 */
export class ZlibLeases {
  readonly #settings: ZlibSettings
  readonly #leases: Lease[] = []
  #next = 0

  constructor(settings: ZlibSettings) {
    this.#settings = settings
  }

  /** The lease of this owner, in whatever state it left it, or one that remembers nothing. */
  of(owner: object, last: Lease | undefined): Lease {
    if (last?.owner === owner) return last
    const lease = this.#free()
    lease.owner = owner
    return lease
  }

  /** Taken in turn, the one taken longest ago first: with more owners than compressors, each loses its own either way. */
  #free(): Lease {
    if (this.#leases.length < MOST) {
      const lease: Lease = { object: new ZlibObject('deflate', this.#settings), owner: undefined }
      this.#leases.push(lease)
      return lease
    }
    this.#next = (this.#next + 1) % MOST
    const lease = this.#leases[this.#next]!
    lease.object.reset()
    return lease
  }
}
