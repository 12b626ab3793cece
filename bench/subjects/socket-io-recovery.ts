import { recovering } from './socket-io.ts'

export const subject = recovering
