export { NatsLog } from './node/nats-log.ts'
export { openNatsLog } from './node/open.ts'
export type { NatsLogBounds, NatsLogOptions, NatsReport } from './node/options.ts'
