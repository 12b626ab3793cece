import { cutWorkload } from '../harness/cut-workload.ts'

export const workload = cutWorkload('upload')
