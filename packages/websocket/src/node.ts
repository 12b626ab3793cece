export { frameAll } from './frame-all.ts'
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
export { type Message, SocketClosedError } from './node/inbox.ts'
export { type Listening, type ListenOptions, listen } from './node/listen.ts'
export { decodeText } from './node/platform.ts'
export { NodeWebSocket, type NodeWebSocketOptions } from './node/socket.ts'
export type { SocketEvents } from './node/socket-events.ts'
export type { SocketStreams, StreamsOptions } from './node/streams.ts'
export { ConnectError, UpgradeError } from './node/upgrade-error.ts'
export type { UpgradeRequest } from './node/upgrade-request.ts'
export type { AnyHttpServer } from './node/upgrade-router.ts'
export type { SendResult } from './send-queue.ts'
