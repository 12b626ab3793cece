export { NatsLog } from './node/nats-log.ts'
export { openNatsLog } from './node/open.ts'
export type { NatsLogBounds, NatsLogOptions } from './node/options.ts'
