// A node that publishes while its engine stands still, in a process of its own: what it needs is what the promise is about.
import { RedisLog } from '@wirepact/eventlog-redis'
import type { NodeOrder, NodeReport } from './redis-stalled.ts'

const log = new RedisLog({ url: process.argv[2] as string, report: () => {} })
const topics = Array.from({ length: 200 }, (_, n) => `topic ${n}`)
const state = { heard: 0, gaps: 0, acknowledged: 0, failed: 0, slowestMs: 0 }
let timer: NodeJS.Timeout | undefined

async function publish(topic: string): Promise<void> {
  const begun = performance.now()
  try {
    await log.append(topic, new Uint8Array(512))
    state.acknowledged++
  } catch (error) {
    state.failed++
    if ((error as { code?: string }).code !== 'unavailable') throw error
    state.slowestMs = Math.max(state.slowestMs, performance.now() - begun)
  }
}

function tell(report: NodeReport): void {
  process.send?.(report)
}

process.on('message', ({ perSecond }: NodeOrder) => {
  clearInterval(timer)
  const begun = performance.now()
  let due = 0
  timer = setInterval(() => {
    for (; due < ((performance.now() - begun) * perSecond) / 1_000; due++) void publish(topics[due % 200] as string)
  }, 10)
})
process.on('disconnect', () => process.exit(0))

await Promise.all(topics.map((topic) => log.watch(topic, { record: () => state.heard++, gap: () => state.gaps++ })))
setInterval(() => {
  const heads = log.isReady
  tell({ ...state, ready: heads, rssMiB: process.memoryUsage().rss / 1024 / 1024 })
}, 100)
tell({ ...state, ready: true, rssMiB: 0 })
