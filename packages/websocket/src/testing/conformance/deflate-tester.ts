import { Buffer } from 'node:buffer'
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import { expect } from 'vitest'
import type { Extension } from '../../extension.ts'
import { parseExtensions } from '../../handshake/header-grammar.ts'
import { Compression, type CompressionOptions } from '../../node/compression.ts'
import { fragments } from './script.ts'
import { type Got, type Role, Tester } from './tester.ts'

/** What both sides agree to, from the side of the tester. */
export interface DeflateParameters {
  readonly sendTakeover: boolean
  readonly sendBits: number
  readonly receiveTakeover: boolean
  readonly receiveBits: number
}

const { Z_SYNC_FLUSH } = constants
const TAIL = Buffer.from([0, 0, 0xff, 0xff])
const RSV1 = 0x40

/**
 * A peer that compresses by itself: with zlib's one-shot functions and the history of the conversation as dictionary, so
 * that neither its streams nor its bookkeeping are those under test.
 */
export class DeflateTester {
  readonly #tester: Tester
  readonly #parameters: DeflateParameters
  readonly #wake: { resolve: () => void } = { resolve: () => undefined }
  #sent: Buffer = Buffer.alloc(0)
  #received: Buffer = Buffer.alloc(0)

  constructor(role: Role, parameters: DeflateParameters, extension: Extension) {
    this.#tester = new Tester(role, extension, () => this.#wake.resolve())
    this.#parameters = parameters
  }

  /** Send a compressed message in frames of at most `frameBytes`, and wait for it to come back. */
  async echo(opcode: 1 | 2, message: Buffer, frameBytes: number): Promise<void> {
    const { sendTakeover, sendBits } = this.#parameters
    const blocks = deflateRawSync(message, {
      // zlib's 9 is the 8 of RFC 7692, see decision 8.
      windowBits: Math.max(9, sendBits),
      finishFlush: Z_SYNC_FLUSH,
      ...(sendTakeover && this.#sent.length > 0 ? { dictionary: this.#sent } : {}),
    })
    this.#sent = remember(this.#sent, message, sendBits)
    const frames = fragments(opcode, blocks.subarray(0, -4), frameBytes)
    // Section 6: the bit is set on the first frame alone.
    frames[0] = { ...frames[0]!, rsv: RSV1 }
    const before = this.#tester.got.length
    for (const frame of frames) this.#tester.send(frame)
    while (this.#tester.got.length === before) {
      await new Promise<void>((resolve) => {
        this.#wake.resolve = resolve
      })
    }
    this.#check(this.#tester.got.splice(0), opcode, message)
  }

  #check(got: Got[], opcode: number, message: Buffer): void {
    expect(got.length).toBe(1)
    const [{ payload, rsv, opcode: gotOpcode }] = got as [Got]
    expect(gotOpcode).toBe(opcode)
    expect(Buffer.compare(rsv === 0 ? payload : this.#inflated(payload), message), 'the echo').toBe(0)
  }

  #inflated(payload: Uint8Array): Buffer {
    const { receiveTakeover, receiveBits } = this.#parameters
    const message = inflateRawSync(Buffer.concat([payload, TAIL]), {
      windowBits: receiveBits,
      finishFlush: Z_SYNC_FLUSH,
      ...(receiveTakeover && this.#received.length > 0 ? { dictionary: this.#received } : {}),
    })
    this.#received = remember(this.#received, message, receiveBits)
    return message
  }
}

/** As much of what was said as the window holds. */
function remember(history: Buffer, message: Buffer, bits: number): Buffer {
  return Buffer.concat([history, message]).subarray(-(2 ** bits))
}

/**
 * Negotiate as the peer of an endpoint in this role would, so that the endpoint ends with these parameters.
 * @returns the endpoint's extension
 */
export function negotiate(role: Role, parameters: DeflateParameters, own: CompressionOptions): Extension {
  const { sendTakeover, sendBits, receiveTakeover, receiveBits } = parameters
  const endpoint = new Compression({ ...own, sendTakeover: true, receiveTakeover: true })
  const [mine, theirs] = role === 'server' ? ['client', 'server'] : ['server', 'client']
  let header = 'permessage-deflate'
  if (!sendTakeover) header += `; ${mine}_no_context_takeover`
  if (!receiveTakeover) header += `; ${theirs}_no_context_takeover`
  header += `; ${mine}_max_window_bits=${sendBits}; ${theirs}_max_window_bits=${receiveBits}`
  if (role === 'server') {
    const accepted = endpoint.accept(parseExtensions(header)!)!
    // The server honours in full what it is asked for.
    expect(accepted.answer.includes(`server_max_window_bits=${receiveBits}`)).toBe(true)
    expect(accepted.answer.includes('server_no_context_takeover')).toBe(!receiveTakeover)
    return accepted.extension
  }
  expect(endpoint.offer()).toContain('client_max_window_bits')
  const extension = endpoint.check(parseExtensions(header)!)
  expect(extension).toBeTypeOf('object')
  return extension as Extension
}
