import { withoutResume } from './wirepact.ts'

export const subject = withoutResume
