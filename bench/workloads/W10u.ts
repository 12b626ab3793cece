import { bulkWorkload } from '../harness/bulk.ts'

export const workload = bulkWorkload('upload')
