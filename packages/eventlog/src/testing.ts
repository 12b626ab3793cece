export type { EventLogSuiteOptions, LogHarness } from './testing/harness.ts'
export { eventLogSuite } from './testing/suite.ts'
export type { Expectation, SuiteTools } from './testing/tools.ts'
