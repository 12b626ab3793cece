import type { Times } from './workload.ts'

// What a run measures that names nothing. Everything else is measured on request.

const W1_TO_W8 = ['W1', 'W2', 'W3', 'W4', 'W5', 'W5b', 'W6', 'W7', 'W8']
const EIGHT = ['wirepact', 'ws', 'ws-rpc', 'birpc', 'socket-io', 'trpc', 'orpc', 'capnweb']

const ONCE_PER_RELEASE = [
  ...['wirepact-public', 'wirepact-low-latency', 'rpc-websockets', 'socket-io-default', 'river'],
  ...['connect-es', 'grpc-js', 'bun'],
]

/** Names that stand for several. */
export const sets = {
  workloads: {
    standard: W1_TO_W8,
    quick: ['W1', 'W2', 'W4'],
    curves: ['C-in-flight', 'C-subscribers', 'C-procedures', 'C-payload'],
  },
  subjects: { standard: EIGHT, release: [...EIGHT, ...ONCE_PER_RELEASE], curves: ['wirepact', 'ws-rpc', 'ws'] },
} as const satisfies Record<'workloads' | 'subjects', Readonly<Record<string, readonly string[]>>>

/** How long, and how often. */
type Extent = Omit<Times, 'calls'> & { readonly rounds: number }

/** The standard table fits into 25 minutes with these, the quick one into one. */
export const USUAL: Extent = { rounds: 5, warmUpMs: 700, measureMs: 1_500 }
export const QUICK: Extent = { rounds: 1, warmUpMs: 300, measureMs: 700 }
export const CURVES: Extent = { rounds: 3, warmUpMs: 200, measureMs: 400 }
