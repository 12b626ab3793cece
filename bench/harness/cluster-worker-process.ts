// One of the processes that serve a subject together. It ends with the one that started it, as node:cluster has it.

import type { Subject } from './subject.ts'

const { subject } = (await import(process.argv[2] ?? '')) as { readonly subject: Subject }
const { port } = await subject.serve()
process.send?.({ port })
