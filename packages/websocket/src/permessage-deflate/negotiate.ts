/**
 * Who agrees to what (RFC 7692 sections 5 and 7.1). A server answers the first offer it can honour in full and declines
 * the rest; a client fails the connection when the answer is not one to its offer.
 */
import type { ExtensionOffer } from '../handshake/header-grammar.ts'
import {
  DEFLATE_NAME,
  type DeflateAgreement,
  type DeflateParameters,
  type DeflateSettings,
  LARGEST_WINDOW_BITS,
  readParameters,
} from './parameters.ts'

export interface AcceptedDeflate {
  /** The member of `Sec-WebSocket-Extensions` in the 101 answer. */
  readonly answer: string
  readonly agreement: DeflateAgreement
}

/** As a server: the answer to the first acceptable offer, or undefined to go on without compression. */
export function acceptDeflate(
  offers: readonly ExtensionOffer[],
  settings: DeflateSettings,
): AcceptedDeflate | undefined {
  for (const offer of offers) {
    if (offer.name !== DEFLATE_NAME) continue
    // Section 7.1: "A server MUST decline an extension negotiation offer for this extension if ..." any of it is invalid.
    const parameters = readParameters(offer)
    const accepted = parameters === undefined ? undefined : acceptOffer(parameters, settings)
    if (accepted !== undefined) return accepted
  }
  return undefined
}

function acceptOffer(offer: DeflateParameters, settings: DeflateSettings): AcceptedDeflate | undefined {
  const agreement: DeflateAgreement = {
    // Section 7.1.1.1: by its parameter "a client prevents the peer server from using context takeover".
    sendTakeover: settings.sendTakeover && !offer.serverNoContextTakeover,
    receiveTakeover: settings.receiveTakeover && !offer.clientNoContextTakeover,
    sendWindowBits: Math.min(settings.sendWindowBits, offer.serverMaxWindowBits ?? LARGEST_WINDOW_BITS),
    receiveWindowBits: Math.min(settings.receiveWindowBits, clientBits(offer)),
  }
  // Section 7.1.2.2: without the parameter in the offer "the server MUST NOT include" it in its answer. A client that
  // does not understand our limit cannot be held to it.
  if (offer.clientMaxWindowBits === undefined && agreement.receiveWindowBits < LARGEST_WINDOW_BITS) return undefined
  let answer = DEFLATE_NAME
  if (!agreement.sendTakeover) answer += '; server_no_context_takeover'
  if (!agreement.receiveTakeover) answer += '; client_no_context_takeover'
  if (offer.serverMaxWindowBits !== undefined || agreement.sendWindowBits < LARGEST_WINDOW_BITS) {
    answer += `; server_max_window_bits=${agreement.sendWindowBits}`
  }
  if (agreement.receiveWindowBits < LARGEST_WINDOW_BITS) {
    answer += `; client_max_window_bits=${agreement.receiveWindowBits}`
  }
  return { answer, agreement }
}

function clientBits({ clientMaxWindowBits }: DeflateParameters): number {
  return typeof clientMaxWindowBits === 'number' ? clientMaxWindowBits : LARGEST_WINDOW_BITS
}

/** As a client: the value of `Sec-WebSocket-Extensions` in the request. */
export function offerDeflate(settings: DeflateSettings): string {
  let offer = DEFLATE_NAME
  if (!settings.receiveTakeover) offer += '; server_no_context_takeover'
  if (!settings.sendTakeover) offer += '; client_no_context_takeover'
  if (settings.receiveWindowBits < LARGEST_WINDOW_BITS)
    offer += `; server_max_window_bits=${settings.receiveWindowBits}`
  // Always there, so that the server may ask for less: without it, it could not (section 7.1.2.2).
  offer += '; client_max_window_bits'
  if (settings.sendWindowBits < LARGEST_WINDOW_BITS) offer += `=${settings.sendWindowBits}`
  return offer
}

/**
 * As a client: check the server's answer to `offerDeflate`.
 * @param answers the members of `Sec-WebSocket-Extensions` in the answer
 * @returns what was agreed, undefined for no compression, or one sentence about what is wrong with the answer
 */
export function checkDeflate(
  answers: readonly ExtensionOffer[],
  settings: DeflateSettings,
): DeflateAgreement | undefined | string {
  const own = answers.filter(({ name }) => name === DEFLATE_NAME)
  const answer = own[0]
  if (answer === undefined) return undefined
  if (own.length > 1) return 'the server accepted permessage-deflate more than once'
  const parameters = readParameters(answer)
  // Section 7.1: "A client MUST _Fail the WebSocket Connection_ if the peer server accepted" with invalid parameters.
  if (parameters === undefined) return 'the server accepted permessage-deflate with parameters that are not valid'
  const { serverNoContextTakeover, clientNoContextTakeover, serverMaxWindowBits, clientMaxWindowBits } = parameters
  if (clientMaxWindowBits === true) return 'client_max_window_bits has no value in the answer of the server'
  // Sections 7.1.1.1 and 7.1.2.1: a server accepts an offer with these "by including" them, and no larger window.
  if (!settings.receiveTakeover && !serverNoContextTakeover) return 'the server ignored server_no_context_takeover'
  if ((serverMaxWindowBits ?? LARGEST_WINDOW_BITS) > settings.receiveWindowBits) {
    return 'the server ignored server_max_window_bits, or took a larger window'
  }
  return {
    sendTakeover: settings.sendTakeover && !clientNoContextTakeover,
    receiveTakeover: settings.receiveTakeover && !serverNoContextTakeover,
    sendWindowBits: Math.min(settings.sendWindowBits, clientMaxWindowBits ?? LARGEST_WINDOW_BITS),
    receiveWindowBits: serverMaxWindowBits ?? LARGEST_WINDOW_BITS,
  }
}
