import { appending } from './appending.ts'
import { closing } from './closing.ts'
import { gaps } from './gaps.ts'
import type { EventLogSuiteOptions } from './harness.ts'
import { keys } from './keys.ts'
import { reading } from './reading.ts'
import { sharing } from './sharing.ts'
import type { SuiteTools } from './tools.ts'
import { traces } from './traces.ts'
import { watching } from './watching.ts'

/**
 * Defines the tests that every event log must pass, in the runner that is handed in:
 *
 * ```ts
 * import { describe, expect, it } from 'vitest'
 * eventLogSuite({ describe, it, expect }, { name: 'memory', create })
 * ```
 */
export function eventLogSuite(tools: SuiteTools, options: EventLogSuiteOptions): void {
  tools.describe(`event log: ${options.name}`, () => {
    appending(tools, options)
    reading(tools, options)
    gaps(tools, options)
    watching(tools, options)
    keys(tools, options)
    sharing(tools, options)
    closing(tools, options)
    traces(tools, options)
  })
}
