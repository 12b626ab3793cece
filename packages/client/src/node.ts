export type { NodeClientOptions } from './node/connect.ts'
export { connect } from './node/connect.ts'
