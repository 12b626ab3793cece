/** What the suite uses of an expectation: vitest's, jest's and most others' fit. */
export interface Expectation {
  toBe(expected: unknown): void
  toEqual(expected: unknown): void
  toBeUndefined(): void
}

/** The caller's test runner, handed in so that this door depends on none. */
export interface SuiteTools {
  describe(name: string, body: () => void): unknown
  it(name: string, body: () => Promise<void>): unknown
  expect(actual: unknown): Expectation
}
