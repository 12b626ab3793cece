export type { Allocate } from './allocate.ts'
export { CloseCode, cutReason, isWireCode } from './close.ts'
export { Connection } from './connection.ts'
export type { ConnectionEvents } from './connection-events.ts'
export type { ConnectionOptions, TransportWish } from './connection-options.ts'
export { MisuseError, VIOLATIONS, Violation } from './errors.ts'
export { type Applied, type ApplyDone, type Extension, LATER, type UndoDone, type Undone } from './extension.ts'
export { acceptKey, newKey } from './handshake/accept-key.ts'
export {
  type Agreement,
  type ClientHandshake,
  checkResponse,
  clientRequest,
  responseStatus,
} from './handshake/client.ts'
export { type ExtensionOffer, listHas, parseExtensions, parseTokens } from './handshake/header-grammar.ts'
export {
  DEFAULT_HEAD_LIMITS,
  fieldValue,
  type HeaderFields,
  type HeadLimits,
  HeadReader,
  type HttpHead,
  parseHead,
} from './handshake/http-head.ts'
export {
  acceptResponse,
  asksForWebSocket,
  checkRequest,
  isRefusal,
  type Refusal,
  refusalHead,
  requestLine,
  type UpgradeAnswer,
  type UpgradeHead,
  type UpgradeOffer,
} from './handshake/server.ts'
export { type ConnectionLimits, DEFAULT_LIMITS } from './limits.ts'
export type { LivenessOptions } from './liveness.ts'
export { type MaskBlock, type MaskSource, maskPool } from './mask.ts'
export { type BudgetShare, MemoryBudget } from './memory-budget.ts'
export type { Compressor, Decompressor, Deflater } from './permessage-deflate/deflater.ts'
export { type AcceptedDeflate, acceptDeflate, checkDeflate, offerDeflate } from './permessage-deflate/negotiate.ts'
export {
  type DeflateAgreement,
  type DeflateOptions,
  type DeflateSettings,
  resolveDeflate,
} from './permessage-deflate/parameters.ts'
export { PerMessageDeflate } from './permessage-deflate/permessage-deflate.ts'
export type { SendResult } from './send-queue.ts'
export { prepareFrame } from './sender.ts'
export type { ConnectionState } from './state.ts'
export { checkUtf8, UTF8_INVALID, UTF8_WHOLE, type Utf8Encoder } from './utf8.ts'
