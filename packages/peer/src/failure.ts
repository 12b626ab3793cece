import { describeIssues, type Issue, type MethodEntry, validate } from '@wirepact/contract'
import { type Failure, WirepactError } from '@wirepact/protocol'
import type { Report } from './implementation.ts'

/**
 * Numbers the failures whose reason must not cross the wire: the caller gets a fixed text and an id, the operator's
 * log gets the same id with the whole truth.
 */
export class Incidents {
  readonly #report: (report: Report) => void
  readonly #prefix: string
  #count = 0

  /** `prefix` tells the incidents of one process from another's. */
  constructor(prefix: string, report: (report: Report) => void) {
    this.#prefix = prefix
    this.#report = report
  }

  report(what: Report['what'], where: string, error: unknown, incident?: string): void {
    const message = error instanceof Error ? error.message : String(error)
    const report: Report = { what, where, message, error, ...(incident === undefined ? {} : { incident }) }
    try {
      this.#report(report)
    } catch {
      // A log that throws must not take the connection with it.
    }
  }

  internal(what: Report['what'], where: string, error: unknown): Failure {
    this.#count++
    const incident = `${this.#prefix}-${this.#count.toString(36)}`
    this.report(what, where, error, incident)
    return { code: 'internal', message: `internal error (incident ${incident})`, data: { incident } }
  }
}

// What a handler may say in the library's own words. Everything else it throws stays here.
const speakable = new Set<string>([
  'unauthenticated',
  'permission-denied',
  'resource-exhausted',
  'unavailable',
  'conflict',
  'invalid-input',
])

/** What crosses the wire for something a handler threw. */
export function failureOf(entry: MethodEntry, error: unknown, incidents: Incidents): Failure {
  if (!(error instanceof WirepactError)) return incidents.internal('handler-threw', entry.name, error)
  if (!error.declared) {
    if (!speakable.has(error.code)) return incidents.internal('handler-threw', entry.name, error)
    return { code: error.code, message: error.message, data: error.data }
  }
  const errors = ('errors' in entry.definition ? entry.definition.errors : undefined) ?? {}
  const schema = Object.hasOwn(errors, error.code) ? errors[error.code] : undefined
  if (schema === undefined) return incidents.internal('handler-threw', entry.name, error)
  if (schema === null) return { code: error.code, message: error.message, declared: true }
  const parsed = validate(schema, error.data)
  if (parsed instanceof Promise) {
    const message = `the schema of ${entry.name}'s error ${error.code} is asynchronous; error schemas must be synchronous`
    return incidents.internal('output-invalid', entry.name, new TypeError(message))
  }
  if (parsed.issues !== undefined) {
    const message = `${entry.name} threw ${error.code} with data its contract does not allow: ${describeIssues(parsed.issues)}`
    return incidents.internal('output-invalid', entry.name, new TypeError(message))
  }
  return { code: error.code, message: error.message, data: parsed.value, declared: true }
}

/** Says what was wrong with an input and where, for people in `message` and for programs in `data.issues`. */
export function invalidInput(entry: MethodEntry, issues: readonly Issue[], contractsDiffer: boolean): WirepactError {
  const text = `${entry.name} refused its input: ${describeIssues(issues)}`
  const hint = `the contracts differ: the two sides were built with different shapes of ${entry.name}`
  return new WirepactError('invalid-input', contractsDiffer ? `${text} (${hint})` : text, {
    data: { issues: issues.slice(0, maxIssues).map(plainIssue), ...(contractsDiffer ? { contractsDiffer } : {}) },
  })
}

function plainIssue(issue: Issue): { path: (string | number)[]; message: string } {
  const path = (issue.path ?? []).map((step) => (typeof step === 'object' ? step.key : step))
  return {
    path: path.map((step) => (typeof step === 'number' ? step : String(step))),
    message: issue.message.slice(0, maxIssueLength),
  }
}

const maxIssues = 10
const maxIssueLength = 256
