export type { CompatEvent, EventHandler, EventTaker, EventType } from './node/compat/event-listeners.ts'
export type { ClientOptions } from './node/compat/opening.ts'
export type { PerMessageDeflate, SharedOptions } from './node/compat/options.ts'
export type { BinaryType, Data, RawData } from './node/compat/payload.ts'
export { type SendCallback, type SendOptions, type ServerSide, WebSocket } from './node/compat/web-socket.ts'
export {
  type ClientInfo,
  type ServerOptions,
  type Upgraded,
  type VerifyClient,
  WebSocketServer,
} from './node/compat/web-socket-server.ts'
