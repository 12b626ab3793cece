export type { NatsKeyValue, NatsLog } from './nats-log.ts'
export { openNatsLog } from './node/open.ts'
export type { NatsLogBounds, NatsLogOptions, NatsReport, NatsTls } from './node/options.ts'
