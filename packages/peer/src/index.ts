export type { StartAnswering } from './answers.ts'
export { answerNothing } from './answers.ts'
export { abortedSignal, timeoutOf } from './call-time.ts'
export type { Numbering } from './caller.ts'
export { Caller } from './caller.ts'
export type { Clock } from './clock.ts'
export { Alarm } from './clock.ts'
export { binaryCodec } from './codec.ts'
export type { KnownShapes, MethodShapes, Shape, Shapes } from './contract-shapes.ts'
export { Deliveries } from './deliveries.ts'
export type { EventHandler, EventHandlers, EventRequest, EventSourceCall } from './event-handlers.ts'
export { flattenEventHandlers } from './event-handlers.ts'
export type { EventIterator } from './event-iterator.ts'
export type {
  EventMembership,
  EventMemberships,
  EventPublisher,
  EventPublishers,
  ListenersOptions,
  Publishing,
  TopicListeners,
  TopicMembership,
  TopicPublisher,
} from './event-publishers.ts'
export { createEventMemberships, createEventPublishers } from './event-publishers.ts'
export type { UntypedReceiver } from './event-receiver.ts'
export type {
  EventListener,
  EventLoopOptions,
  EventReceiver,
  EventReceivers,
  JoinedListener,
  SubscribeOptions,
  TopicReceiver,
} from './event-receivers.ts'
export { createEventReceivers } from './event-receivers.ts'
export type { Eventing } from './eventing.ts'
export { Incidents } from './failure.ts'
export type {
  ErrorMakers,
  Handler,
  HandlerCall,
  Handlers,
  Middleware,
  MiddlewareCall,
  ReceivedItems,
} from './handlers.ts'
export { flattenHandlers } from './handlers.ts'
export type { ContractDifference, Implementation, Report } from './implementation.ts'
export type { Items } from './item-pump.ts'
export type {
  DuplexStream,
  ItemStream,
  ItemWriter,
  SendOptions,
  StreamEnd,
  StreamOptions,
} from './item-stream.ts'
export { readableOf, writableOf } from './item-stream.ts'
export type { KeyedCalls, Outcome } from './keyed-calls.ts'
export { Counterpart } from './numbering.ts'
export type { CallOptions, CallScope, OutgoingCall } from './outgoing-call.ts'
export { parseTopic } from './parse-topic.ts'
export type { PeerCodec, PeerOwner } from './peer.ts'
export { Peer } from './peer.ts'
export { Publication } from './publication.ts'
export type { PublicationOptions, Subscribed } from './publication-port.ts'
export type { RateLimits } from './rates.ts'
export { bucketOf, Rates } from './rates.ts'
export type {
  AcceptingCall,
  Call,
  CallError,
  DuplexCall,
  Notify,
  Remote,
  RemoteCaller,
  SafeResult,
  YieldingCall,
} from './remote.ts'
export { createRemote } from './remote.ts'
export type { EventCodec, EventForm } from './shared-event.ts'
export { StateMirror, StateSource } from './state.ts'
export type { OpenStream, StreamBounds, Streaming } from './streaming.ts'
export type { Subscriber } from './subscriber.ts'
export type { Listening, Subscription } from './subscription.ts'
export { TokenBucket } from './token-bucket.ts'
export { Topic } from './topic.ts'
export type { EventHandling, TopicDirectory } from './topic-directory.ts'
export { topicKey } from './topic-key.ts'
export { stack, use } from './use.ts'
export type { Gap } from './wire-subscription.ts'
