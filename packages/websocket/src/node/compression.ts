import type { Extension } from '../extension.ts'
import type { ExtensionOffer } from '../handshake/header-grammar.ts'
import { acceptDeflate, checkDeflate, offerDeflate } from '../permessage-deflate/negotiate.ts'
import {
  type DeflateAgreement,
  type DeflateOptions,
  type DeflateSettings,
  resolveDeflate,
} from '../permessage-deflate/parameters.ts'
import { PerMessageDeflate } from '../permessage-deflate/permessage-deflate.ts'
import { ZlibDeflater, type ZlibOptions } from './deflater.ts'

/** permessage-deflate (RFC 7692) by zlib: what is negotiated, and how much effort is spent. */
export interface CompressionOptions extends DeflateOptions, ZlibOptions {}

/** One side's wish to compress, for all of its connections. */
export class Compression {
  readonly #settings: DeflateSettings
  readonly #deflater: ZlibDeflater

  /** @throws {MisuseError} for an option out of range */
  constructor(options: CompressionOptions) {
    this.#settings = resolveDeflate(options)
    this.#deflater = new ZlibDeflater(options)
  }

  /** @throws {MisuseError} for an option out of range */
  static of(option: boolean | CompressionOptions | undefined): Compression | undefined {
    if (option === undefined || option === false) return undefined
    return new Compression(option === true ? {} : option)
  }

  /** As a server: the answer to a client's offers and the extension, or undefined to go on without. */
  accept(offers: readonly ExtensionOffer[]): { answer: string; extension: Extension } | undefined {
    const accepted = acceptDeflate(offers, this.#settings)
    return accepted && { answer: accepted.answer, extension: this.#extension(accepted.agreement) }
  }

  /** As a client: what to offer. */
  offer(): string {
    return offerDeflate(this.#settings)
  }

  /** As a client: the extension the server agreed to, undefined for none, or what is wrong with its answer. */
  check(answers: readonly ExtensionOffer[]): Extension | undefined | string {
    const agreement = checkDeflate(answers, this.#settings)
    return typeof agreement === 'object' ? this.#extension(agreement) : agreement
  }

  #extension(agreement: DeflateAgreement): Extension {
    return new PerMessageDeflate(this.#deflater, agreement, this.#settings.thresholdBytes)
  }
}
