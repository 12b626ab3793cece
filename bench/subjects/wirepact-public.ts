import type { Subject } from '../harness/subject.ts'
import { wirepact } from './wirepact.ts'

export const subject: Subject = wirepact('public')
