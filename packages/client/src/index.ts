export type {
  CallOptions,
  DuplexStream,
  ItemStream,
  ItemWriter,
  SendOptions,
  StreamOptions,
} from '@wirepact/peer'
export type { BackoffOptions } from './backoff.ts'
export { connect } from './browser.ts'
export type { Client } from './client.ts'
export { createClient } from './create-client.ts'
export type { Address, Dial, Platform, Surroundings } from './dial.ts'
export { DialError } from './dial.ts'
export type { ClientOptions, ClientSystem } from './options.ts'
export type { Observable, Status } from './status.ts'
