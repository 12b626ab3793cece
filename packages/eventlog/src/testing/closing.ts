import { EventLogError } from '../log-error.ts'
import { bytesOf, type EventLogSuiteOptions, WIDE, withLog } from './harness.ts'
import { attempt } from './reading.ts'
import type { SuiteTools } from './tools.ts'

export function closing({ describe, it, expect }: SuiteTools, options: EventLogSuiteOptions): void {
  describe('closing', () => {
    it('ends the watches; everything asked afterwards fails with closed', () =>
      withLog(options, async ({ log, pause }) => {
        const position = await log.append('a', bytesOf(1))
        let delivered = 0
        const watch = await log.watch('a', { record: () => delivered++, gap: () => delivered++ })
        await log.close()
        await log.close()
        watch.close()
        const calls: (() => Promise<unknown>)[] = [
          async () => log.append('a', bytesOf(2)),
          async () => log.read('a', position, WIDE),
          async () => log.head('a'),
          async () => log.heads(['a']),
          async () => log.watch('a', { record: () => {}, gap: () => {} }),
          async () => log.kv.get('k'),
          async () => log.kv.put('k', bytesOf(1), { ttlMs: 1000 }),
          async () => log.kv.putIfAbsent('k', bytesOf(1), { ttlMs: 1000 }),
          async () => log.kv.delete('k'),
        ]
        for (const call of calls) {
          const failure = await attempt(call)
          expect(failure instanceof EventLogError && failure.code).toBe('closed')
        }
        await pause()
        expect(delivered).toBe(0)
      }))
  })
}
