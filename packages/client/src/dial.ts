import type { CompiledContract } from '@wirepact/contract'
import type { Eventing, Shapes, StartAnswering, Streaming } from '@wirepact/peer'
import type { ChannelSource } from '@wirepact/protocol'

/** Makes one connection; the signal gives the try up. Rejects with a {@link DialError}, or with anything retriable. */
export type Dial = (signal: AbortSignal) => Promise<ChannelSource>

/** Where to connect: an address, or what names one for each try, such as one with a fresh ticket. */
export type Address = string | URL | (() => string | URL | Promise<string | URL>)

/** A connection could not be made. */
export class DialError extends Error {
  /** True when another try would fail just the same. */
  readonly final: boolean

  constructor(message: string, final: boolean, options?: ErrorOptions) {
    super(message, options)
    this.name = 'DialError'
    this.final = final
  }
}

/** What the platform tells about the network. */
export interface Surroundings {
  /** False when there certainly is no network. */
  online(): boolean
  /** Calls back when it is worth to try at once: network back, page shown, machine awake. Returns what ends that. */
  onWake(listener: () => void): () => void
}

/** What a door of this package knows of the platform it is for. */
export interface Platform {
  /** Whether its channels can put several messages into one. @default they cannot */
  readonly batches?: boolean
  /** @default a platform that tells nothing */
  readonly surroundings?: Surroundings
  /**
   * What answers the server's calls. @default fetched when a contract has something for the client to implement: in a
   * bundle it is a file of its own
   */
  readonly answering?: StartAnswering
  /** What receives events. @default likewise, when a contract has events */
  readonly eventing?: Eventing
  /** What carries the items of streams. @default likewise, when a contract has streams */
  readonly streaming?: Streaming
  /** What lays values out by shape. @default they travel as plain ones */
  readonly shapes?: (contract: CompiledContract) => Shapes
}

/** A platform that tells nothing. */
export const noSurroundings: Surroundings = { online: () => true, onWake: () => () => {} }

/** The WebSocket subprotocol of the binary form (PROTOCOL.md, "Carriage"). */
export const subprotocol = 'wirepact.1'
