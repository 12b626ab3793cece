export { Batches, unbatch } from './batches.ts'
export type { Layouts } from './binary-codec.ts'
export { BinaryCodec } from './binary-codec.ts'
export { CallTable } from './call-table.ts'
export type { Channel, ChannelReceiver, ChannelSource, Outgoing } from './channel.ts'
export { sizeOf } from './channel.ts'
export { DeadlineScan } from './deadline.ts'
export type { Encoded } from './encoded.ts'
export type { Issue, WirepactErrorOptions } from './error.ts'
export { WirepactError } from './error.ts'
export { JsonCodec } from './json-codec.ts'
export type { CodecLimits } from './limits.ts'
export { maxKeyBytes, publicLimits, trustedLimits } from './limits.ts'
export type {
  AckMessage,
  AuthMessage,
  CallMessage,
  CancelMessage,
  ContractMessage,
  ContractTable,
  CreditMessage,
  EndMessage,
  ErrorMessage,
  EventMessage,
  GapMessage,
  GapReason,
  GoawayMessage,
  HelloMessage,
  ItemMessage,
  KindName,
  LimitTable,
  Message,
  NotifyMessage,
  PingMessage,
  PongMessage,
  Position,
  ResultMessage,
  SnapshotMessage,
  StateChange,
  StateMessage,
  SubscribedMessage,
  SubscribeMessage,
  TableEntry,
  UnsubscribedMessage,
  UnsubscribeMessage,
  WelcomeMessage,
} from './message.ts'
export { Kind, kindNames } from './message.ts'
export { isPlain } from './plain-object.ts'
export type { Room } from './room.ts'
export { Run } from './run.ts'
export type { ResendWindow } from './send-log.ts'
export { Session } from './session.ts'
export type {
  Failure,
  PendingCall,
  SessionCodec,
  SessionEvents,
  SessionOptions,
  UnsettledCall,
} from './session-port.ts'
export { defaultTimeoutMs } from './session-port.ts'
export type { Laid, Shaper } from './shape/laid.ts'
export type { CallErrorCode, CloseCode } from './status.ts'
export { closeCode, mayReconnect } from './status.ts'
export type { ItemSink, ItemSource, ItemsIn, ItemsOut, SessionStreams } from './stream-port.ts'
export type { StreamWindow, StreamWindows } from './stream-window.ts'
export { publicWindows, trustedWindows } from './stream-window.ts'
export { systemText } from './system.ts'
export type { TextCoder } from './text.ts'
export { laidMark, ValueCodec } from './value-codec.ts'
export type { ValueDecoder, ValueReader } from './value-reader.ts'
export { ProtocolViolation } from './violation.ts'
export type { ValueEncoder } from './write-content.ts'
