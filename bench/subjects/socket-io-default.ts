import { withDefaultParser } from './socket-io.ts'

export const subject = withDefaultParser
