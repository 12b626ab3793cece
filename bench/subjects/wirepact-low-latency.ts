import type { Subject } from '../harness/subject.ts'
import { withLowLatency } from './wirepact.ts'

/** The process stays awake between messages: each of the two has a core to itself here, and uses all of it. */
export const subject: Subject = withLowLatency
