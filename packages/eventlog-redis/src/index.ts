export type { RedisBounds, RedisLogOptions, RedisReport, RedisTls } from './options.ts'
export { RedisLog } from './redis-log.ts'
