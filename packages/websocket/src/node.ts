export {
  type Acceptance,
  type Accepted,
  type Attachment,
  type AttachOptions,
  attach,
  type Rejected,
} from './node/attach.ts'
export type { CompressionOptions } from './node/compression.ts'
export { type ConnectOptions, connect } from './node/connect.ts'
export { ZlibDeflater, type ZlibOptions } from './node/deflater.ts'
export { type Listening, type ListenOptions, listen } from './node/listen.ts'
export { decodeText } from './node/platform.ts'
export { NodeWebSocket, type NodeWebSocketOptions, type SocketEvents } from './node/socket.ts'
export { ConnectError, UpgradeError } from './node/upgrade-error.ts'
export type { UpgradeRequest } from './node/upgrade-request.ts'
export type { AnyHttpServer } from './node/upgrade-router.ts'
